package dev.athanor.bench.track;

/** A toolkit in the race. */
public interface Contestant {
  /** Its name and version, as the table shows it. */
  String title();

  /**
   * Builds a case.
   *
   * @throws Unable if this toolkit cannot run it
   */
  Steps open(Case c) throws Exception;

  /** A case that is built and can be run. */
  interface Steps extends AutoCloseable {
    /**
     * One step, with batch {@code i} modulo {@link Case#BATCHES}; what it computed has been computed when this returns.
     *
     * @param report whether the result is wanted
     * @return with {@code report}, the loss before the optimizer's change; of inference the sum of the outputs; of data loading
     * the mean of the
     *     first values of the batches
     */
    double step(long i, boolean report) throws Exception;

    /** Gives memory back. */
    @Override
    default void close() throws Exception {}
  }

  /** Says why a toolkit has no part in a case. */
  final class Unable extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With the reason. */
    public Unable(String reason) {
      super(reason);
    }
  }
}
