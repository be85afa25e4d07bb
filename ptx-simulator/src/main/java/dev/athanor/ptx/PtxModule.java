package dev.athanor.ptx;

import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Parser;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A PTX module: parsed and decoded, not yet on a device. Immutable; safe to share between devices and threads. */
public final class PtxModule {
  private final Ast.Module tree;
  private final Map<String, PtxKernel> kernels = new LinkedHashMap<>();

  private PtxModule(Ast.Module tree) {
    this.tree = tree;
    for (Ast.Function f : tree.functions().values()) {
      if (f.entry()) {
        kernels.put(f.name(), new PtxKernel(this, tree, f));
      }
    }
  }

  /**
   * Parses PTX text and decodes all its kernels.
   *
   * @throws PtxException on a syntax error, an unknown instruction or an unsupported feature, with the line
   */
  public static PtxModule parse(String ptx) {
    return new PtxModule(Parser.parse(ptx));
  }

  /**
   * The kernel of that name.
   *
   * @throws IllegalArgumentException if there is none, with the names there are
   */
  public PtxKernel kernel(String name) {
    PtxKernel k = kernels.get(name);
    if (k == null) {
      throw new IllegalArgumentException("no kernel '" + name + "' in this module; it has " + kernels.keySet());
    }
    return k;
  }

  /** Names of the kernels, in the order of the text. */
  public List<String> kernels() {
    return List.copyOf(kernels.keySet());
  }

  /** The {@code .version} of the text, such as {@code 7.0}. */
  public String version() {
    return tree.version();
  }

  /** The {@code .target} of the text, such as {@code sm_75}. */
  public String target() {
    return tree.target();
  }

  Map<String, Ast.Variable> variables() {
    return tree.variables();
  }
}
