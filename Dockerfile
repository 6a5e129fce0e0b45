# A Podkeeper worker: docker-compose.temporal.yml builds and runs it; docs/docker.md says how to use it elsewhere.
#
# Docker could not be run where this was written. test/packaging/image.test.ts does what stands here by hand in a temporary folder, less what
# needs the network, and starts the worker that comes of it.

# Debian: Temporal's SDK has no build for Alpine's C library.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /podkeeper
COPY package.json package-lock.json ./
# Without scripts: the package's own builds it, and its sources are not here yet.
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/ scripts/
COPY src/ src/
RUN npm run build
RUN node scripts/imageManifest.mjs && npm prune --omit=dev --no-audit --no-fund --ignore-scripts
# The SDK's package has a native library of 30 MB for each platform; this image is of one.
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +
RUN mkdir bin && chmod +x dist/cli/main.js && ln -s ../dist/cli/main.js bin/podkeeper

FROM node:20.20.2-bookworm-slim
# For a Temporal with TLS: its SDK trusts whom the system trusts, and the slim image trusts nobody.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /podkeeper
COPY --from=build /podkeeper/package.json ./
COPY --from=build /podkeeper/node_modules/ node_modules/
COPY --from=build /podkeeper/dist/ dist/
COPY --from=build /podkeeper/bin/ bin/
ENV NODE_ENV=production
ENV PATH=/podkeeper/bin:$PATH
# A worker without this file refuses to start. Without the variable it would rent with an account of its own, local-<hostname>: in a container another
# one with each start, so that nobody would look after the claims of the last.
ENV PODKEEPER_CONFIG=/etc/podkeeper/podkeeper.yaml
# Without rights over the image's files.
USER node
CMD ["podkeeper", "worker"]
