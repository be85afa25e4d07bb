package dev.athanor.ptx;

import dev.athanor.ptx.isa.Code;
import dev.athanor.ptx.isa.Decoder;
import dev.athanor.ptx.parse.Ast;
import java.util.ArrayList;
import java.util.List;

/** A kernel of a {@link PtxModule}, decoded. It belongs to no device. */
public final class PtxKernel {
  private final PtxModule module;
  private final String name;
  private final List<PtxParameter> parameters;
  private final int parameterBytes;
  private final Code code;

  PtxKernel(PtxModule module, Ast.Module tree, Ast.Function f) {
    this.module = module;
    this.name = f.name();
    List<PtxParameter> list = new ArrayList<>();
    int at = 0;
    for (Ast.Formal formal : f.parameters()) {
      Ast.Variable v = formal.variable();
      at = (at + v.alignment() - 1) / v.alignment() * v.alignment();
      list.add(new PtxParameter(v.name(), v.type().ptx(), at, (int) v.bytes(), v.alignment()));
      at += (int) v.bytes();
    }
    parameters = List.copyOf(list);
    parameterBytes = at;
    code = Decoder.decode(tree, f, parameters.stream().mapToInt(PtxParameter::offset).toArray());
  }

  /** Name of the kernel. */
  public String name() {
    return name;
  }

  /** The module it comes from. */
  public PtxModule module() {
    return module;
  }

  /** The parameters in order, as the parameter block lays them out. */
  public List<PtxParameter> parameters() {
    return parameters;
  }

  /** Size of the parameter block in bytes. */
  public int parameterBytes() {
    return parameterBytes;
  }

  /** Static shared memory in bytes. */
  public int sharedBytes() {
    return code.sharedBytes();
  }

  /** Local memory of a thread in bytes, parameters of device functions included. */
  public int localBytes() {
    return code.localBytes();
  }

  /** Instructions after inlining of device functions. */
  public int instructionCount() {
    return code.instructions().length;
  }

  Code code() {
    return code;
  }

  @Override
  public String toString() {
    return "kernel " + name;
  }
}
