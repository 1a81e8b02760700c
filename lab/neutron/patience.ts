/** Milliseconds until a part of Neutron must serve: in User Mode Linux, beside others, its imports alone take minutes. */
export const startTimeout = 600_000;
