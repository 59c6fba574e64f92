// Keys go to the session at once, and again when the person comes back to the page.
function focusSession() {
  document.querySelector(".xterm-helper-textarea")?.focus();
}
addEventListener("load", focusSession);
addEventListener("focus", focusSession);
