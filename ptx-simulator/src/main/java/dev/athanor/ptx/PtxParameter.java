package dev.athanor.ptx;

/**
 * One parameter of a kernel as its {@code .param} space lays it out.
 *
 * @param name      name in the PTX text
 * @param type      PTX type of the parameter or, for an array or structure, of its elements, such as {@code u64} or {@code b8}
 * @param offset    offset in bytes in the parameter block
 * @param size      size in bytes, of the whole array for an array
 * @param alignment alignment in bytes
 */
public record PtxParameter(String name, String type, int offset, int size, int alignment) {
}
