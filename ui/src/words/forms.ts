/** Texts of every form. */

export const forms = {
  required: "required",
  isMissing: "This is required.",
  notANumber: "Write a whole number.",
  least: (least: number) => `At least ${least}.`,
  most: (most: number) => `At most ${most}.`,
  tooLong: (most: number) => `At most ${most} characters.`,
  notJson: (why: string) => `This is not JSON: ${why}`,
  addTag: "Type one and press Enter",
  removeTag: (tag: string) => `Remove ${tag}`,
  noOptions: "There is nothing to choose from.",
  unknown: "not known to this server",
  saved: "Saved",
  unsaved: "Not saved yet",
  leave: {
    title: "Leave without saving?",
    lost: "What you changed here and did not save is lost.",
    stay: "Stay",
    go: "Leave",
  },
};
