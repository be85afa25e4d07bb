package dev.athanor.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void readsEveryKindOfValue() {
    Object value = Json.parse("t", " {\"a\":[1,-2.5e3,\"x\\u00e9\\n\",true,false,null],\"b\":{},\"c\":9223372036854775807} ");
    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put("a", Arrays.asList(1L, -2500.0, "xé\n", true, false, null));
    expected.put("b", Map.of());
    expected.put("c", Long.MAX_VALUE);
    assertEquals(expected, value);
    assertNull(Json.parse("t", "null"));
    assertEquals(9.223372036854775808e18, Json.parse("t", "9223372036854775808"));
  }

  @Test
  void writesWhatItReads() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("text", "quote \" back \\ tab \t é 😀 \u0001");
    value.put("list", Arrays.asList(1, -2L, 0.1, 0.1f, true, null, List.of()));
    assertEquals("{\"text\":\"quote \\\" back \\\\ tab \\t é 😀 \\u0001\",\"list\":[1,-2,0.1,0.1,true,null,[]]}",
        Json.write(value));
    Map<?, ?> again = (Map<?, ?>) Json.parse("t", Json.write(value));
    assertEquals(value.get("text"), again.get("text"));
  }

  @Test
  void doublesKeepEveryBit() {
    for (double d : new double[] {0.1, Math.PI, Double.MIN_VALUE, Double.MAX_VALUE, -0.0, 1e22, Double.NaN,
        Double.NEGATIVE_INFINITY,
        Double.POSITIVE_INFINITY}) {
      assertEquals(Double.doubleToLongBits(d), Double.doubleToLongBits(Json.toDouble(Json.parse("t", Json.write(d)))));
    }
    assertThrows(IllegalArgumentException.class, () -> Json.toDouble("nan"));
    assertThrows(IllegalArgumentException.class, () -> Json.toDouble(null));
  }

  @Test
  void refusesOtherObjects() {
    assertEquals("not a JSON value: [I", assertThrows(IllegalArgumentException.class, () -> Json.write(new int[1])).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "{a:1}", "01", "+1", "NaN", "1 2", "{} x", "\"\t\"",
      "// c\n1", "[1 2]",
      "{\"a\":1,\"a\":2}", "{\"x\":{\"a\":1,\"b\":1,\"a\":2}}", "\"open", "tru"})
  void refusesInvalidText(String text) {
    var error = assertThrows(FormatException.class, () -> Json.parse("file.json", text));
    assertTrue(error.getMessage().startsWith("file.json: invalid JSON: "), error.getMessage());
  }

  @Test
  void namesADuplicate() {
    var error = assertThrows(FormatException.class, () -> Json.parse("f", "{\"twice\":1,\"twice\":2}"));
    assertEquals("f: invalid JSON: Duplicate field 'twice' (line 1, column 19)", error.getMessage());
  }

  @Test
  void boundsTheDepth() {
    assertEquals("[".repeat(64) + "]".repeat(64), Json.write(Json.parse("f", "[".repeat(64) + "]".repeat(64))));
    assertThrows(FormatException.class, () -> Json.parse("f", "[".repeat(100_000)));
  }
}
