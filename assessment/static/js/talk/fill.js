// Words with gaps, as the pages give them.
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);
