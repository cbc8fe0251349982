// The few things that every live page does with its elements. Nothing is ever made of text that came from elsewhere but
// text.

/** The element of that id; it is in the template. */
export const $ = (id) => document.getElementById(id);

/** An element with its properties (`class`, `data-…`, anything else as it is called) and what is in it. */
export function make(name, properties = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") made.className = value;
    else if (key in made && !key.startsWith("aria-")) made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...inside.filter((each) => each !== undefined && each !== null));
  return made;
}

/** The page's code is there, and what is on it can be used: before that a form would be sent by the browser itself, and a
 *  button do nothing. Every page with a script says so at its end. */
export function usable() {
  $("content").inert = false;
}

/** Show or hide, and touch nothing that is so already. */
export function shown(element, yes) {
  if (element.hidden === Boolean(yes)) element.hidden = !yes;
}

/** What it says, where it is another thing: a reader of the screen is told of every change. */
export function says(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A badge that says `text`; `how` is good, busy, warn or bad. */
export function badge(element, text, how) {
  says(element, text);
  const name = `badge ${how}`;
  if (element.className !== name) element.className = name;
}
