package dev.athanor.cuda;

import java.util.regex.Pattern;

/** A library of CUDA that is loaded as a set of files. */
enum CudaLibrary {
  /** Matrix products; the backend needs it. */
  CUBLAS("libcublas.so.12", "libcublas(Lt)?\\.so\\.12", "libcublas.so."),
  /** Convolutions; without it Athanor's own kernels do them. It compiles some of its own by NVRTC. */
  CUDNN("libcudnn.so.9", "libcudnn(_[a-z_]+)?\\.so\\.9|libnvrtc(-builtins)?\\.so\\.12(\\.\\d+)?", "libcudnn.so.");

  private static final String WHERE = " and put its folder on LD_LIBRARY_PATH or name it by -Dathanor.cuda.libraries=FOLDER; or "
      + "build with the Maven profile cuda-redist, which brings it";

  private final String main;
  private final Pattern files;
  private final String anyVersion;

  CudaLibrary(String main, String files, String anyVersion) {
    this.main = main;
    this.files = Pattern.compile(files);
    this.anyVersion = anyVersion;
  }

  /** The file that is looked for. */
  String main() {
    return main;
  }

  /** Whether a file belongs to the set. */
  boolean includes(String file) {
    return files.matcher(file).matches();
  }

  /** Whether a file is this library in another version, as {@code libcublas.so.11} is. */
  boolean otherVersion(String file) {
    return file.startsWith(anyVersion) && !file.equals(main) && !file.startsWith(main + ".");
  }

  /** What to do where it is missing. */
  String remedy() {
    return switch (this) {
      case CUBLAS -> "Install CUDA 12's cuBLAS (libcublas.so.12 and libcublasLt.so.12)" + WHERE;
      case CUDNN -> "Install cuDNN 9 for CUDA 12 (all of libcudnn*.so.9)" + WHERE;
    };
  }
}
