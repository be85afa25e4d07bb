package dev.athanor.bench.race;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of JSON lines: one of kind {@code machine} for every start of the driver, then one of kind {@code result} for each
 * contestant and case.
 */
final class Report {
  private static final JsonFactory JSON = new JsonFactory();

  private Report() {}

  /** Appends a line. Values are strings, numbers, or lists of numbers. */
  static void append(Path file, Map<String, Object> line) {
    var text = new StringWriter();
    try (var json = JSON.createGenerator(text)) {
      json.writeStartObject();
      for (var entry : line.entrySet()) {
        json.writeFieldName(entry.getKey());
        switch (entry.getValue()) {
          case String s -> json.writeString(s);
          case Integer i -> json.writeNumber(i);
          case Double d -> json.writeNumber(d);
          case List<?> values -> {
            json.writeStartArray();
            for (Object v : values) {
              json.writeNumber((Double) v);
            }
            json.writeEndArray();
          }
          default -> throw new IllegalArgumentException(entry.getKey() + " is neither text nor a number");
        }
      }
      json.writeEndObject();
      json.flush();
      Files.writeString(file, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** Reads the lines: text as {@link String}, numbers as {@link Double}, lists as {@code List<Double>}. */
  static List<Map<String, Object>> read(Path file) {
    var lines = new ArrayList<Map<String, Object>>();
    try {
      for (String text : Files.readAllLines(file)) {
        if (!text.isBlank()) {
          lines.add(parse(text));
        }
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the results in " + file + ": one JSON object a line is expected", e);
    }
  }

  private static Map<String, Object> parse(String text) throws IOException {
    var map = new LinkedHashMap<String, Object>();
    try (JsonParser parser = JSON.createParser(text)) {
      parser.nextToken();
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        JsonToken token = parser.nextToken();
        if (token == JsonToken.START_ARRAY) {
          var values = new ArrayList<Double>();
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            values.add(number(parser));
          }
          map.put(name, values);
        } else {
          map.put(name, token == JsonToken.VALUE_STRING && !parser.getText().equals("NaN") ? parser.getText() : number(parser));
        }
      }
    }
    return map;
  }

  /** A number; what is none is written as a string. */
  private static Double number(JsonParser parser) throws IOException {
    return parser.currentToken() == JsonToken.VALUE_STRING
        ? Double.valueOf(parser.getText()) : Double.valueOf(parser.getDoubleValue());
  }
}
