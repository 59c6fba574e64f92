// The session behind the page, and what it hands over beside its screen: the command of p, to be copied.
window.WebSocket = class extends WebSocket {
  constructor(...address) {
    super(...address);
    this.addEventListener("message", ({ data }) => {
      const [kind, text] = typeof data === "string" ? JSON.parse(data) : [];
      if (kind === "command") showCommand(text);
    });
  }

  send(data) { // the framework's script sends before the socket is open, and that throws
    if (this.readyState === WebSocket.OPEN) super.send(data);
  }
};

const part = (name) => document.querySelector(name);

function showCommand(text) {
  part(".command code").textContent = text;
  part(".command button").textContent = "Copy";
  hideCommand(false);
}

// The session gets what the command leaves of the page, so that none of its lines is covered. The framework sets a height,
// and fits its terminal to that when the window changes.
function hideCommand(hidden) {
  if (hidden && part(".command").hidden) return;
  part(".command").hidden = hidden;
  part(".textual-terminal").style.height = `calc(100vh - ${part(".command").offsetHeight}px)`;
  dispatchEvent(new Event("resize"));
}

// Keys go to the session at once, and again when the person comes back to the page.
function focusSession() {
  part(".xterm-helper-textarea")?.focus();
}
addEventListener("focus", focusSession);
addEventListener("load", () => {
  focusSession();
  part(".command button").addEventListener("click", ({ target }) => {
    const done = (says) => { target.textContent = says; focusSession(); };
    navigator.clipboard.writeText(part(".command code").textContent).then(
      () => done("Copied"), () => { target.textContent = "Select it, and Ctrl-C"; });
  });
});

// Ctrl-C copies, as everywhere in a browser, and is no key of the session; any other key goes on with it.
addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key.toLowerCase() === "c") {
    event.stopPropagation();
  } else if (!event.ctrlKey && !event.metaKey && event.key !== "Shift" && !document.body.classList.contains("-closed")) {
    hideCommand(true);
    focusSession();
  }
}, true);
