// @ts-check
/** The theme that the reader chose, before anything is drawn. A classic script, so that the page waits for it. */

{
  const chosen = localStorage.getItem("arqlight.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
