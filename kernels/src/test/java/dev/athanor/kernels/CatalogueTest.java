package dev.athanor.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The catalogue says of every kernel exactly what the PTX says, and names no kernel the PTX lacks, nor lacks any. */
class CatalogueTest {

  static List<String> families() {
    return List.copyOf(Kernels.families());
  }

  @ParameterizedTest
  @MethodSource("families")
  void catalogueAndPtxAgree(String family) {
    var declared = new TreeMap<String, List<String>>();
    for (PtxText.Entry entry : PtxText.entries(Kernels.ptx(family))) {
      declared.put(entry.name(), entry.parameters());
    }
    var catalogued = new TreeMap<String, List<String>>();
    for (Kernel kernel : Kernels.family(family)) {
      catalogued.put(kernel.entry(), kernel.parameters().stream().map(Parameter::ptx).toList());
    }
    Set<String> missing = new TreeSet<>(catalogued.keySet());
    missing.removeAll(declared.keySet());
    assertTrue(missing.isEmpty(), "catalogued, but not in " + family + ".ptx: " + missing);
    Set<String> unknown = new TreeSet<>(declared.keySet());
    unknown.removeAll(catalogued.keySet());
    assertTrue(unknown.isEmpty(), "in " + family + ".ptx, but not catalogued: " + unknown);
    catalogued.forEach((entry, parameters) -> assertEquals(declared.get(entry), parameters, entry));
  }

  @ParameterizedTest
  @MethodSource("families")
  void blockSizesAreThoseTheKernelsAreCompiledFor(String family) {
    String ptx = Kernels.ptx(family);
    for (Kernel kernel : Kernels.family(family)) {
      String slice = PtxText.slice(ptx, kernel.entry());
      assertTrue(slice.contains("\n.maxntid " + kernel.launch().threads() + ", 1, 1\n"),
          kernel + " should be compiled with __launch_bounds__(" + kernel.launch().threads() + ")");
      assertTrue(kernel.parameterBytes() <= ParameterBlock.MAX_BYTES, kernel + " has too many parameters");
      assertTrue(kernel.bytesPerElement() > 0, kernel + " moves no bytes?");
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyCudaSourceIsCataloguedAndDocumentsItself(String family) throws Exception {
    String source = java.nio.file.Files.readString(Ptx.sources().resolve(family + ".cu"));
    assertTrue(source.startsWith("//") && source.contains("Launch:") && source.contains("Bytes moved"),
        family + ".cu should begin with a comment that says what it computes, its launch and its bytes moved");
  }

  @Test
  void everySourceHasAFamily() throws Exception {
    try (var files = java.nio.file.Files.list(Ptx.sources())) {
      Set<String> sources = files.map(f -> f.getFileName().toString()).filter(n -> n.endsWith(".cu"))
          .map(n -> n.substring(0, n.length() - 3)).collect(Collectors.toCollection(TreeSet::new));
      assertEquals(sources, new TreeSet<>(Kernels.families()));
    }
  }

  @Test
  void unknownNamesAreExplained() {
    assertTrue(assertThrows(NoSuchElementException.class, () -> Kernels.get("select_f33")).getMessage().contains("select_f33"));
    assertThrows(NoSuchElementException.class, () -> Kernels.family("selekt"));
    assertTrue(Kernels.has("select_f32"));
  }

  @Test
  void aSliceHoldsItsKernelAlone() {
    String slice = Kernels.slice(Kernels.get("select_f32_strided"));
    assertEquals(List.of("select_f32_strided"), PtxText.entries(slice).stream().map(PtxText.Entry::name).toList());
    assertTrue(slice.contains(".target sm_75"));
  }
}
