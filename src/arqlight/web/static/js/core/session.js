// @ts-check
/** A session that is over: the page is loaded anew, and the server leads to the page to log in, and back. */

/** The form to log out; it is there when somebody has logged in. */
const MARK = "session";
let isAsking = false;

/** Asks whether the page would still be shown. Called when something was refused, or a stream broke off. */
export async function checkSession() {
  if (isAsking || !globalThis.document?.getElementById(MARK)) return;
  isAsking = true;
  const answer = await fetch(location.href, { method: "HEAD", redirect: "manual", cache: "no-store" }).catch(() => null);
  isAsking = false;
  if (answer?.type === "opaqueredirect") location.reload();
}
