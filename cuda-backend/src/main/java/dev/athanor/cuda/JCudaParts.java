package dev.athanor.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.libraryPropertyType;

/** Asks this machine's driver and libraries. */
final class JCudaParts implements CudaParts {
  private static final Path RELEASE = Path.of("/proc/driver/nvidia/version");
  private static final Pattern NUMBER = Pattern.compile("\\d{3,}\\.\\d+(\\.\\d+)?");

  @Override
  public void loadDriver() throws IOException {
    JCudaLibraries.loadDriver();
  }

  @Override
  public int start() {
    return JCudaDriver.cuInit(0);
  }

  @Override
  public String error(int status) {
    return JCudaGpu.error(status);
  }

  @Override
  public int driverVersion() {
    int[] version = {0};
    JCudaDriver.cuDriverGetVersion(version);
    return version[0];
  }

  @Override
  public String driverRelease() {
    try {
      Matcher m = NUMBER.matcher(Files.readString(RELEASE));
      return m.find() ? m.group() : "";
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public int devices() {
    int[] count = {0};
    return JCudaDriver.cuDeviceGetCount(count) == 0 ? count[0] : 0;
  }

  @Override
  public Card card(int index) {
    CUdevice device = new CUdevice();
    JCudaDriver.cuDeviceGet(device, index);
    return card(device);
  }

  static Card card(CUdevice device) {
    byte[] name = new byte[256];
    JCudaDriver.cuDeviceGetName(name, name.length, device);
    int[] major = {0};
    int[] minor = {0};
    JCudaDriver.cuDeviceGetAttribute(major, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device);
    JCudaDriver.cuDeviceGetAttribute(minor, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
    long[] bytes = {0};
    JCudaDriver.cuDeviceTotalMem(bytes, device);
    return new Card(new String(name, StandardCharsets.UTF_8).split("\0", 2)[0].strip(), 10 * major[0] + minor[0], bytes[0]);
  }

  @Override
  public long freeBytes(int index) {
    CUdevice device = new CUdevice();
    CUcontext context = new CUcontext();
    JCudaDriver.cuDeviceGet(device, index);
    if (JCudaDriver.cuDevicePrimaryCtxRetain(context, device) != 0) {
      return -1;
    }
    try {
      long[] free = {0};
      long[] total = {0};
      boolean said = JCudaDriver.cuCtxPushCurrent(context) == 0 && JCudaDriver.cuMemGetInfo(free, total) == 0;
      JCudaDriver.cuCtxPopCurrent(context);
      return said ? free[0] : -1;
    } finally {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
    }
  }

  @Override
  public void load(CudaLibrary library) throws IOException {
    JCudaLibraries.load(library);
  }

  @Override
  public String loadedFrom(CudaLibrary library) {
    return JCudaLibraries.loadedFrom(library);
  }

  @Override
  public int[] cublasVersion() {
    int[] version = new int[3];
    int[] part = {0};
    for (int i = libraryPropertyType.MAJOR_VERSION; i <= libraryPropertyType.PATCH_LEVEL; i++) {
      JCublas2.cublasGetProperty(i, part);
      version[i] = part[0];
    }
    return version;
  }

  @Override
  public long cudnnVersion() {
    return JCudnn.cudnnGetVersion();
  }

  @Override
  public long cudnnCuda() {
    return JCudnn.cudnnGetCudartVersion();
  }
}
