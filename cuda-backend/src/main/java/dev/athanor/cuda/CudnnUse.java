package dev.athanor.cuda;

import dev.athanor.AthanorException;
import java.util.Locale;

/** What the system property {@code athanor.cuda.cudnn} asks for. */
enum CudnnUse {
  /** cuDNN where it is found, else Athanor's own kernels: the default. */
  AUTO,
  /** cuDNN, or an error. */
  ON,
  /** Athanor's own kernels; cuDNN is not looked for. */
  OFF;

  static CudnnUse ofProperty() {
    return of(System.getProperty("athanor.cuda.cudnn", "auto"));
  }

  static CudnnUse of(String value) {
    for (CudnnUse use : values()) {
      if (use.name().toLowerCase(Locale.ROOT).equals(value)) {
        return use;
      }
    }
    throw new AthanorException("athanor.cuda.cudnn: expected auto, on or off, found '" + value + "'");
  }
}
