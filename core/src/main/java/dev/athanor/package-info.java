/** What every package shares: {@link dev.athanor.AthanorException}, the one family of errors that a user can mend. */
package dev.athanor;
