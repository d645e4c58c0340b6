// Runs where the link of a login is drawn. This page keeps the link's address, and tells the kernel, which takes it out
// of all that is saved with the notebook. Drawn without it, the link is given the address again: by this page or, where
// it was opened anew, by the kernel. Where no script may run, the address stays where it is.
(picture => {
  const link = picture.previousElementSibling, key = `spotantic_nb:${link.dataset.login}`;
  const { addresses, focused } = (window.spotanticNb ??= { addresses: new Map(), focused: new Map() });
  const keep = () => {
    addresses.set(key, link.href);
    try { sessionStorage.setItem(key, link.href); } catch { /* then it is not kept beyond a reload */ }
  };
  const find = () => {
    try { return addresses.get(key) ?? sessionStorage.getItem(key); } catch { return undefined; }
  };
  const enter = (input, text) => {
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const watchFocus = box => { // an element that is taken out of the page loses the focus without having been left
    box.addEventListener("focusin", ({ target }) => focused.set(key, target));
    box.addEventListener("focusout", ({ target }) => setTimeout(() => target.isConnected && focused.delete(key)));
  };
  const giveFocusBack = input => {
    const last = focused.get(key), isElsewhere = document.activeElement?.matches("input, textarea, [contenteditable]");
    if (last?.isConnected === false && !isElsewhere) (last.matches("input") ? input : link).focus();
  };
  let timer, watched;
  const settle = () => {
    clearTimeout(timer);
    const box = link.closest(".spotantic-box"), input = box?.querySelector(".spotantic-if-waiting input");
    if (!link.isConnected || box?.matches(".jupyter-widgets-disconnected")) return; // it may be shown again
    if (box && !watched) watchFocus(watched = box);
    if (!link.href && find()) {
      link.href = find();
      giveFocusBack(input);
      shown.disconnect();
      return;
    }
    if (link.href) keep();
    // Else it is not there yet, or somebody is in it, whom to draw it anew for the answer would interrupt.
    const isFree = input && !(link.href ? box : input).contains(document.activeElement);
    if (isFree) {
      const typed = input.value;
      enter(input, `spotantic_nb: link ${link.href ? "drawn" : "wanted"}`);
      enter(input, typed);
    }
    timer = setTimeout(settle, isFree ? 3000 : 100); // until the kernel has answered: then a new link is in this place
  };
  const shown = new ResizeObserver(settle);
  shown.observe(link.parentElement);
})(this)
