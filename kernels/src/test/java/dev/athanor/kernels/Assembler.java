package dev.athanor.kernels;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** Assembles PTX to machine code with the assembler inside JCuda, which needs no toolkit, no driver and no GPU. */
final class Assembler {
  private static final Pattern COMPILING = Pattern.compile("Compiling entry function '([^']+)'");
  private static final Pattern SPILLS =
      Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern USED = Pattern.compile("Used (\\d+) registers(.*)");

  private Assembler() {}

  /** What the assembler says of one kernel: registers per thread, and bytes of stack, spill stores and spill loads. */
  record Report(String entry, int registers, int stackBytes, int spillStores, int spillLoads) {
    private String line() {
      return entry + " " + registers + " " + stackBytes + " " + spillStores + " " + spillLoads;
    }

    private static Report parse(String line) {
      String[] w = line.split(" ");
      return new Report(w[0], Integer.parseInt(w[1]), Integer.parseInt(w[2]), Integer.parseInt(w[3]), Integer.parseInt(w[4]));
    }
  }

  /** Skips the calling test, with the reason, where JCuda has no natives. */
  static void assumeUsable() {
    String os = System.getProperty("os.name");
    String arch = System.getProperty("os.arch");
    assumeTrue(os.equals("Linux") && arch.equals("amd64"),
        "JCuda's PTX assembler is a test dependency for Linux on x86-64 only; this is " + os + " on " + arch);
    // JCuda unpacks its library to a fixed name under java.io.tmpdir and loads whatever lies there: a private folder.
    Path folder = Path.of("target/jcuda").toAbsolutePath();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    System.setProperty("java.io.tmpdir", folder.toString());
  }

  /**
   * Assembles a module unless this very text was assembled before: reports are kept in {@code target} under the text's digest,
   * as assembling hundreds of kernels five times takes a minute.
   */
  static List<Report> assembleOnce(String ptx, int arch) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(ptx.getBytes(StandardCharsets.US_ASCII));
      Path kept = Path.of("target/assembled", HexFormat.of().formatHex(digest) + ".sm_" + arch);
      if (Files.exists(kept)) {
        return Files.readAllLines(kept).stream().map(Report::parse).toList();
      }
      List<Report> reports = assemble(ptx, arch);
      Files.createDirectories(kept.getParent());
      Files.write(kept, reports.stream().map(Report::line).toList());
      return reports;
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Assembles a module.
   *
   * @param ptx the text
   * @param arch the architecture, 75 for sm_75
   * @return one report per entry
   * @throws AssertionError with the assembler's log if it refuses
   */
  static List<Report> assemble(String ptx, int arch) {
    byte[] text = ptx.getBytes(StandardCharsets.US_ASCII);
    byte[] terminated = Arrays.copyOf(text, text.length + 1);
    nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
    check("create", JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length, terminated));
    try {
      String[] options = {"--gpu-name=sm_" + arch, "--verbose"};
      int status = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
      if (status != 0) {
        long[] size = new long[1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
        byte[] log = new byte[(int) size[0] + 1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log);
        throw new AssertionError("sm_" + arch + " refused with status " + status + ": " + ascii(log));
      }
      long[] size = new long[1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size);
      byte[] log = new byte[(int) size[0] + 1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log);
      return parse(ascii(log));
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(handle);
    }
  }

  private static List<Report> parse(String log) {
    List<Report> reports = new ArrayList<>();
    String entry = null;
    int[] spills = null;
    for (String line : (Iterable<String>) log.lines()::iterator) {
      Matcher compiling = COMPILING.matcher(line);
      Matcher spill = SPILLS.matcher(line);
      Matcher used = USED.matcher(line);
      if (compiling.find()) {
        entry = compiling.group(1);
        spills = null;
      } else if (entry != null && spill.find() && spills == null) {
        spills = new int[] {number(spill, 1), number(spill, 2), number(spill, 3)};
      } else if (entry != null && used.find()) {
        reports.add(new Report(entry, number(used, 1), spills[0], spills[1], spills[2]));
        entry = null;
      }
    }
    return reports;
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }

  private static String ascii(byte[] log) {
    return new String(log, StandardCharsets.US_ASCII).replace("\0", "");
  }

  private static void check(String what, int status) {
    if (status != 0) {
      throw new AssertionError("nvPTXCompiler " + what + ": status " + status);
    }
  }
}
