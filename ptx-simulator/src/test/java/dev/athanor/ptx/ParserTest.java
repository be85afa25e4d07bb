package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused at parse time, with its line, and what is understood. */
class ParserTest {
  private static PtxException refused(String body) {
    String ptx = Lab.header() + ".visible .entry k() {\n.reg .b32 %r<4>; .reg .b64 %d<4>; .reg .pred %p<4>; .reg .f32 %f<4>;\n"
        + body
        + "\nret;\n}\n";
    return assertThrows(PtxException.class, () -> PtxModule.parse(ptx));
  }

  @ParameterizedTest
  @ValueSource(strings = {"frobnicate.s32 %r0, %r1;", "add.q32 %r0, %r1, %r2;", "add.rn.s32 %r0, %r1, %r2;",
      "fma.f32 %f0, %f1, %f2, %f3;",
      "setp.foo.s32 %p0, %r1, %r2;", "ld.global.sideways.u32 %r0, [%d0];", "shfl.down.b32 %r0, %r1, 1, 31;",
      "atom.global.frob.b32 %r0, [%d0], 1;",
      "atom.global.max.f32 %f0, [%d0], %f1;", "cvt.rn.s32.q32 %r0, %r1;", "vote.all.pred %p0, %p1;", "mov.q32 %r0, 1;",
      "div.f32 %f0, %f1, %f2;", "min.rn.f32 %f0, %f1, %f2;"})
  void unknownInstructionsNameTheirLine(String instruction) {
    PtxException e = refused(instruction);
    assertEquals(6, e.line(), e.getMessage());
    assertTrue(e.getMessage().contains(instruction.split(" ")[0]), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"add.s32 %r0, %r1;", "add.s32 %r0, %r1, %d2;", "add.s32 %r0, %r1, %nowhere;", "bra nowhere;",
      "mov.u32 %r9, 1;",
      "call nobody;", "ld.global.v2.u32 %r0, [%d0];", "add.s32 %r0 %r1", "st.global.u32 %d0, %r1;", "@%r0 bra X; X:",
      "ld.global.u32 %r0, [%r1];"})
  void errorsNameTheirLine(String instruction) {
    PtxException e = refused(instruction);
    assertTrue(e.line() == 6 || e.line() == 7, e.getMessage());
  }

  @Test
  void syntaxErrors() {
    assertThrows(PtxException.class, () -> PtxModule.parse(".version 7.0 .target sm_75 .entry k() {"));
    assertThrows(PtxException.class, () -> PtxModule.parse("nonsense"));
    assertThrows(PtxException.class, () -> PtxModule.parse(".global .align 4 x;"));
    assertThrows(PtxException.class, () -> PtxModule.parse("/* never closed"));
    assertThrows(PtxException.class, () -> PtxModule.parse(".address_size 32"));
    assertThrows(PtxException.class, () -> PtxModule.parse(".global .u32 x = 09z;"));
  }

  @Test
  void moduleFacts() {
    PtxModule m = PtxModule.parse(Lab.header()
        + ".entry a() { ret; } .visible .entry b(.param .u32 n) .maxntid 256, 1, 1 { ret; }");
    assertEquals("7.0", m.version());
    assertEquals("sm_80", m.target());
    assertEquals(List.of("a", "b"), m.kernels());
    assertTrue(assertThrows(IllegalArgumentException.class, () -> m.kernel("c")).getMessage().contains("[a, b]"));
  }

  @Test
  void recursionIsRefused() {
    String ptx = Lab.header() + ".func f() { call f; ret; } .entry k() { call f; ret; }";
    assertTrue(assertThrows(PtxException.class, () -> PtxModule.parse(ptx)).getMessage().contains("recursive"));
  }

  @Test
  void commentsScopesAndPragmas() {
    long[] got = Lab.run("""
        // a comment
        .pragma "nounroll";
        { .reg .b32 %r<20>; /* hides the outer
        registers */ mov.u32 %r1, 99; .loc 1 2 3
        { .reg .b32 t; mov.u32 t, 5; cvt.u64.u32 %d5, t; } }
        add.s64 %d0, %d1, %d5; bra L; mov.u64 %d0, 0; L:
        """, List.of(new long[] {7}));
    assertEquals(12, got[0]);
  }
}
