import { Screen } from '../../src/cli/screen';

class Terminal {
  text = '';
  columns = 20;
  rows = 3;
  private readonly listeners = new Set<() => void>();

  write(text: string): void {
    this.text += text;
  }

  on(_event: 'resize', listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_event: 'resize', listener: () => void): void {
    this.listeners.delete(listener);
  }

  resize(): void {
    for (const listener of this.listeners) listener();
  }
}

const lines = [{ text: 'x'.repeat(30) }, { text: 'owes', alert: true }, { text: '\u001B[2Jc\nd' }, { text: 'unseen' }];

test('lines are cut to the screen, and control characters are removed', () => {
  const terminal = new Terminal();
  new Screen(terminal, {}).draw(lines);

  expect(terminal.text).toBe(
    `\u001B[H${'x'.repeat(20)}\u001B[K\r\n\u001B[1;31mowes\u001B[0m\u001B[K\r\nc d\u001B[K\u001B[J`,
  );
});

test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('%j switches colours off', (env) => {
  const terminal = new Terminal();
  new Screen(terminal, env).draw(lines);

  expect(terminal.text).toContain('\r\nowes\u001B[K');
});

test('closing restores the terminal, once', () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal, {});
  const before = process.listenerCount('exit');
  screen.open();
  screen.open();
  expect(terminal.text).toBe('\u001B[?1049h\u001B[?25l');
  // A process that ends in any other way closes it, too.
  expect(process.listenerCount('exit')).toBe(before + 1);
  terminal.text = '';
  screen.close();
  screen.close();

  expect(terminal.text).toBe('\u001B[?25h\u001B[?1049l');
  expect(process.listenerCount('exit')).toBe(before);
});

test('a resize is reported until the listener is released', () => {
  const terminal = new Terminal();
  const redraw = jest.fn();
  const release = new Screen(terminal, {}).onResize(redraw);
  terminal.resize();
  release();
  terminal.resize();

  expect(redraw).toHaveBeenCalledTimes(1);
});
