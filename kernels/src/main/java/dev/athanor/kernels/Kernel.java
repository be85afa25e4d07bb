package dev.athanor.kernels;

import java.util.List;

/**
 * One kernel: where it lives, how it is called and what it costs.
 *
 * @param family the family, which is the name of its source ({@code family.cu}) and of its PTX resource
 * @param entry the name of the PTX entry, unique over all families
 * @param parameters the parameters in order
 * @param launch threads, blocks and shared memory
 * @param bytesPerElement bytes read and written in device memory for each unit of work; the family's source says per what
 */
public record Kernel(String family, String entry, List<Parameter> parameters, Launch launch, double bytesPerElement) {

  /** Keeps a copy of the parameters. */
  public Kernel {
    parameters = List.copyOf(parameters);
  }

  /** A kernel with these parameters. */
  public static Kernel of(String family, String entry, Launch launch, double bytesPerElement, Parameter... parameters) {
    return new Kernel(family, entry, List.of(parameters), launch, bytesPerElement);
  }

  /** The bytes its parameters take in a parameter block, each at its own alignment. */
  public int parameterBytes() {
    int end = 0;
    for (Parameter p : parameters) {
      end = align(end, p.alignment()) + p.bytes();
    }
    return end;
  }

  static int align(int offset, int alignment) {
    return (offset + alignment - 1) & -alignment;
  }

  @Override
  public String toString() {
    return entry;
  }
}
