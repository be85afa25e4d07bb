package dev.athanor.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The suite's own expectations against values that an arbitrary-precision library computed. */
class FormulasTest {
  @Test
  void valuesAndSlopesAgreeWithFiftyDigits() throws IOException {
    String table;
    try (var in = FormulasTest.class.getResourceAsStream("functions.csv")) {
      table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    int rows = 0;
    for (String line : table.split("\n")) {
      if (line.startsWith("#")) {
        continue;
      }
      String[] cell = line.split(",");
      Unary fn = new Unary(UnaryOp.valueOf(cell[0]), Double.parseDouble(cell[1]), Double.parseDouble(cell[2]));
      double x = Double.parseDouble(cell[3]);
      double value = Double.parseDouble(cell[4]);
      double slope = Double.parseDouble(cell[5]);
      // What 1 + erf(x) or x - tanh(x) cancels is relative to x.
      assertEquals(value, Formulas.unary(fn, x), 4e-15 * Math.abs(value) + 1e-15 * Math.min(1, Math.abs(x)), line);
      double[] smooth = UnaryCases.smoothRange(fn.op());
      if (x > smooth[0] && x < smooth[1]) { // where the suite uses slopes
        assertEquals(slope, Formulas.slope(fn, x), 1e-9 * (1 + Math.abs(slope)), line);
      }
      rows++;
    }
    assertTrue(rows > 300, "the table has only " + rows + " rows");
  }
}
