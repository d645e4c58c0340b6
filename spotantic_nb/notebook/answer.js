// What a click on the link of a login starts, besides opening it: the answer to this very login is taken where it is
// pasted anywhere on this page, and where the landing page (labextension/callback.html) hands it over.
// All else is left alone. Where no script may run, the link is a link.
(link => {
  if (!link.href) return; // its address is on its way (drawn.js)
  const asked = new window.URL(link.href).searchParams; // in a handler, URL alone is document.URL
  const state = asked.get("state"), redirectUri = asked.get("redirect_uri"), login = link.dataset.login;
  const listening = (window.spotanticListening ??= new Set());
  let box = link.closest(".spotantic-box");
  if (!box || !state || listening.has(login)) return;
  listening.add(login);

  const ended = new AbortController();
  const channel = new BroadcastChannel("spotantic_nb");
  const end = () => { ended.abort(); channel.close(); listening.delete(login); };
  const isWaiting = () => { // perhaps in another box, for it is drawn anew; after a restart it is only seen no longer
    const boxes = [...document.querySelectorAll(".spotantic-box:not(.jupyter-widgets-disconnected)")];
    box = boxes.find(box => box.querySelector(`.spotantic-link[data-login="${login}"]`));
    return box !== undefined;
  };
  const isAnswer = text => {
    if (text.length > 8192 || !text.startsWith(redirectUri + "?")) return false;
    let answer;
    try { answer = new window.URL(text).searchParams; } catch { return false; }
    return answer.get("state") === state && (answer.has("code") || answer.has("error"));
  };
  const prompt = () => // of a cell that waits for the login: meanwhile a kernel need not hear the box
    [...box.closest(".jp-Notebook")?.querySelectorAll(".jp-Stdin") ?? []]
      .find(asked => asked.textContent.startsWith("Paste the address"))?.querySelector("input");
  const enter = text => {
    const asked = prompt(), input = asked ?? box.querySelector(".spotantic-if-waiting input");
    input.value = text;
    input.dispatchEvent(asked ? new KeyboardEvent("keydown", { key: "Enter" }) : new Event("input", { bubbles: true }));
  };
  const take = (text, tell) => {
    if (!isWaiting()) { end(); return false; }
    if (!isAnswer(text)) return false;
    enter(text);
    tell?.();
    end();
    return true;
  };

  document.addEventListener("paste", event => {
    if (take(event.clipboardData.getData("text/plain").trim())) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, { capture: true, signal: ended.signal });
  channel.onmessage = ({ data }) => {
    if (typeof data?.query === "string") take(redirectUri + data.query, () => channel.postMessage({ taken: state }));
  };
})(this)
