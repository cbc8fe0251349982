// What may be done here: the page says it, by the same table that the API goes by.

import { $ } from "/static/dom.js";

const ACTS = new Set($("board").dataset.acts.split(" "));

/** Whether whoever looks may do it. */
export const may = (act) => ACTS.has(act);
