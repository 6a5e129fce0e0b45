"""The format of Podkeeper's tokens and signed URLs: docs/auth.md. It made docs/auth-vectors.json."""

import base64, hashlib, hmac, re
from urllib.parse import quote, unquote_to_bytes, urlsplit

def base64url(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def hkdf(secret, salt, info, length):                       # RFC 5869
    key, block, out = hmac.digest(salt or bytes(32), secret, "sha256"), b"", b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]

def derive(secret, purpose, pod_name):                      # purpose: bearer-token, signing-key
    return base64url(hkdf(secret.encode(), b"", f"podkeeper/v1/{purpose}/{pod_name}".encode(), 32))

def recode(text): return quote(unquote_to_bytes(text), safe="")   # bare: A-Z a-z 0-9 - . _ ~

def text_to_sign(method, url, expires, claim, key_version):
    parts = urlsplit(url)
    host = re.sub(":(80|443)$", "", parts.netloc.lower())
    path = "/".join(recode(segment) for segment in (parts.path or "/").split("/"))
    pairs = [piece.replace("+", "%20").partition("=") for piece in parts.query.split("&") if piece]
    pairs = sorted(((recode(name), recode(value)) for name, _, value in pairs), key=lambda pair: pair[0])
    query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = ["podkeeper-signed-url-v1", method.upper(), host, path, query, str(expires), claim, str(key_version)]
    return "\n".join(lines)

def sign_url(method, url, expires, claim, key_version, key):
    text = text_to_sign(method, url, expires, claim, key_version)
    signature = base64url(hmac.digest(base64.urlsafe_b64decode(key + "="), text.encode(), "sha256"))
    added = f"pk_expires={expires}&pk_claim={claim}&pk_key={key_version}&pk_signature={signature}"
    return f"{url}{'&' if '?' in url else '?'}{added}"
