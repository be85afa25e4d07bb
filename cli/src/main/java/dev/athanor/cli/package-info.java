/**
 * The command {@code athanor}.
 *
 * <ul>
 *   <li>{@link dev.athanor.cli.Main}: the entry point, with the exit codes.
 *   <li>{@link dev.athanor.cli.AthanorCommand}: the commands, each in its own class.
 *   <li>{@link dev.athanor.cli.Errors}: what a user sees when something fails.
 * </ul>
 */
package dev.athanor.cli;
