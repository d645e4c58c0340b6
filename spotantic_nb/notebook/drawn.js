// Runs where the link of a login is drawn. This page keeps the link's address, and tells the kernel, which takes it out
// of all that is saved with the notebook; drawn without it, the link is given the address again, by this page or, after
// a fresh start, by the kernel. Where no script may run, the address stays where it is.
(picture => {
  const link = picture.previousElementSibling, key = `spotantic_nb:${link.dataset.login}`;
  const kept = (window.spotanticNb ??= new Map()); // where the page may store nothing
  const keep = () => {
    kept.set(key, link.href);
    try { sessionStorage.setItem(key, link.href); } catch { /* then not beyond a reload */ }
  };
  const find = () => {
    try { return kept.get(key) ?? sessionStorage.getItem(key); } catch { return undefined; }
  };
  const settle = () => { // a view may be drawn before what stands beside it
    if (!link.isConnected) return; // the observer comes back, should it be shown again
    if (!link.href && find()) link.href = find();
    else {
      const button = link.closest(".spotantic-box")?.querySelector(link.href ? ".spotantic-drawn" : ".spotantic-wanted");
      if (!button) { setTimeout(settle, 100); return; }
      if (link.href) keep();
      button.click();
    }
    observer.disconnect();
  };
  const observer = new ResizeObserver(settle);
  observer.observe(link.parentElement);
})(this)
