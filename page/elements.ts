/**
 * Elements of the page: text goes in as text, never as HTML.
 *
 * @module
 */

type Child = Node | string;

/** A new element with these attributes and children. */
export function create<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number | boolean>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(attribute, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** The page's own element of this id. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`Cannot start the page: expected an element "${id}", got none`);
  return element as E;
}

/** `99.49` */
export const percent = (fraction: number, digits = 2): string => (100 * fraction).toFixed(digits);

/** `19,798` */
export const count = (value: number): string => value.toLocaleString("en-US");

/** `12 trials`, `1 trial` */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
