// @ts-check
/** What the server has put into the page: its data, and its elements. */

/**
 * @template [T=import("./types.js").PageData]
 * @returns {T} the page's data, with the addresses that its module asks
 */
export function pageData() {
  return JSON.parse(element("page-data").textContent ?? "");
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}
