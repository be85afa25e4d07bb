/**
 * Files: written whole or not at all ({@link dev.athanor.io.AtomicFile}), read with every size checked before anything is
 * allocated.
 *
 * <ul>
 *   <li>{@link dev.athanor.io.SafeTensors} writes named arrays in the safetensors format, {@link
 *       dev.athanor.io.SafeTensorsFile} reads them.
 *   <li>{@link dev.athanor.io.Json} reads and writes JSON values strictly.
 *   <li>{@link dev.athanor.io.InputFile} opens a file, gzip or plain, with errors that say what to do.
 *   <li>{@link dev.athanor.io.FormatException} is thrown for a file that is not what it should be.
 * </ul>
 */
package dev.athanor.io;
