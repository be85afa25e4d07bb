/**
 * Formulas: a device whose elements are symbols. The same operations, and the same gradient rules, run on expressions instead of
 * numbers, so a computation can be printed and differentiated as a formula. {@link dev.athanor.symbolic.Symbolic} is the entry,
 * {@link dev.athanor.symbolic.Expr} what comes out.
 */
package dev.athanor.symbolic;
