package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import org.junit.jupiter.api.Test;

class StandardizerTest {
  private static ArrayDataset data(float... features) {
    int n = features.length / 2;
    return ArrayDataset.values("made", features, Shape.of(2), new float[n], Shape.of(1));
  }

  @Test
  void closedForm() {
    // 1, 2, 3, 4: mean 2.5, population variance 1.25
    Standardizer s = Standardizer.fit(data(1, 10, 2, 20, 3, 30, 4, 40));
    assertArrayEquals(new float[] {2.5f, 25f}, s.mean());
    assertArrayEquals(new float[] {(float) Math.sqrt(1.25), (float) Math.sqrt(125)}, s.deviation());
    float[][] rows = Make.rows(data(1, 25, 4, 40).map(s));
    assertArrayEquals(new float[] {-1.5f / (float) Math.sqrt(1.25), 0f}, rows[0]);
    assertArrayEquals(new float[] {1.5f / (float) Math.sqrt(1.25), 15f / (float) Math.sqrt(125)}, rows[1]);
  }

  @Test
  void constantFeatureBecomesZeroExactly() {
    float c = 0.1f; // its mean is not exact in binary
    float[] f = new float[2000];
    for (int i = 0; i < f.length; i += 2) {
      f[i] = c;
      f[i + 1] = i;
    }
    Standardizer s = Standardizer.fit(data(f));
    assertEquals(1f, s.deviation()[0]);
    assertEquals(0f, Make.rows(data(f).map(s))[17][0]);
    assertEquals(2f, Make.rows(data(c + 2f, 0f).map(s))[0][0], 1e-6f);
  }

  @Test
  void smallDifferencesOfLargeValuesSurvive() {
    Standardizer s = Standardizer.fit(data(1e7f, 0, 1e7f + 1, 1, 1e7f, 0, 1e7f + 1, 1));
    assertEquals(0.5f, s.deviation()[0]);
    assertEquals(1e7f + 0.5f, s.mean()[0], 0.5f);
  }

  @Test
  void travelsAsArrays() {
    Standardizer s = Standardizer.fit(data(1, 10, 2, 20, 3, 31));
    assertEquals(s, Standardizer.of(s.mean(), s.deviation()));
    s.mean()[0] = 99;
    assertEquals(2f, s.mean()[0]);
  }

  @Test
  void errors() {
    Standardizer s = Standardizer.of(new float[] {0, 0, 0}, new float[] {1, 1, 1});
    message("made: expected 3 features, as in the data that the standardizer was fitted on, found 2", () -> data(1, 2).map(s));
    message("standardizer: 1 means, but 2 deviations", () -> Standardizer.of(new float[1], new float[2]));
    message("standardizer: feature 0: expected a finite mean and a deviation above 0, found 0.0 and 0.0",
        () -> Standardizer.of(new float[1], new float[1]));
    message("standardizer: feature 0: expected a finite mean and a deviation above 0, found NaN and 1.0",
        () -> Standardizer.of(new float[] {Float.NaN}, new float[] {1}));
    message("made: cannot standardise: example 1 has the value NaN in feature 0", () -> Standardizer.fit(data(1, 2, Float.NaN,
        3)));
    message("made: cannot standardise: there are no examples", () -> Standardizer.fit(data()));
  }

  private static void message(String message, org.junit.jupiter.api.function.Executable run) {
    assertEquals(message, assertThrows(AthanorException.class, run).getMessage());
  }
}
