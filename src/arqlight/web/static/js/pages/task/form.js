// @ts-check
/** The form that starts tasks. */

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} problem where to say why it did not work
 * @param {(count: number) => Promise<void>} start
 */
export function wireForm(form, problem, start) {
  const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem("count"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));

  async function submit() {
    button.setAttribute("aria-busy", "true");
    problem.hidden = true;
    try {
      await start(Number(select.value));
    } catch (error) {
      problem.textContent = `The tasks were not started. ${/** @type {Error} */ (error).message}`;
      problem.hidden = false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button.hasAttribute("aria-busy")) void submit();
  });
  /** @type {HTMLFieldSetElement} */ (form.querySelector("fieldset")).disabled = false;
}
