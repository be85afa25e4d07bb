package dev.athanor.tensor;

/**
 * Where in the user's program tensors come from, for the message that names it after a use of a closed one. Known only with the
 * system property {@code athanor.track.creation=true} or with assertions enabled, since looking it up costs about a microsecond.
 */
public final class Places {
  private static final boolean TRACK = Boolean.getBoolean("athanor.track.creation") || Places.class.desiredAssertionStatus();
  private static final StackWalker WALKER = StackWalker.getInstance();

  private Places() {}

  /** The caller outside the toolkit, if places of tensors are tracked; else null. */
  static StackWalker.StackFrame here() {
    return TRACK ? find() : null;
  }

  /** The nearest caller outside the toolkit's own packages. */
  public static StackWalker.StackFrame find() {
    return WALKER.walk(frames -> frames.filter(f -> !isOurs(f.getClassName())).findFirst().orElse(null));
  }

  private static boolean isOurs(String name) {
    return name.startsWith("dev.athanor.tensor.") || name.startsWith("dev.athanor.ops.") || name.startsWith("dev.athanor.autograd.")
        || name.startsWith("dev.athanor.nn.") || name.startsWith("dev.athanor.loss.") || name.startsWith("dev.athanor.backend.");
  }

  /** As a stack trace shows it. */
  public static String show(StackWalker.StackFrame frame) {
    return frame == null ? "an unknown place" : frame.getClassName() + "." + frame.getMethodName() + "(" + frame.getFileName() + ":"
        + frame.getLineNumber() + ")";
  }
}
