// @ts-check
/** Preact's elements from template literals. Whatever is put into one becomes text, never markup. */

import htm from "htm";
import { h } from "preact";

export const html = /** @type {(strings: TemplateStringsArray, ...values: any[]) => import("preact").VNode<any>} */ (
  htm.bind(h)
);
