package dev.athanor.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as plain Java values: {@link Map} (in the file's order), {@link List}, {@link String}, {@link Long}, {@link Double},
 * {@link Boolean} and null. Reading is strict: RFC 8259 and no name twice in one object.
 *
 * <p>JSON has no NaN and no infinities; they are written as the strings {@code "NaN"}, {@code "Infinity"} and {@code
 * "-Infinity"}, which {@link #toDouble} understands.
 */
public final class Json {
  private static final int MAX_DEPTH = 64;
  private static final JsonFactory FACTORY = JsonFactory.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
      .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
      .build();

  private Json() {}

  /**
   * Reads one JSON value.
   *
   * @param source the text's name for error messages, e.g. a file's path
   * @param text the text, which holds one value and nothing else
   * @return the value; whole numbers that fit are {@link Long}, all other numbers {@link Double}
   * @throws FormatException if the text is not valid JSON, names a member twice, or is nested deeper than 64 levels
   */
  public static Object parse(Object source, String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() == null) {
        throw new FormatException(source, "invalid JSON: the text is empty");
      }
      Object value = value(parser);
      if (parser.nextToken() != null) {
        throw new FormatException(source, "invalid JSON: text after the end of the value, column "
            + parser.currentTokenLocation().getColumnNr());
      }
      return value;
    } catch (IOException e) {
      String what = e instanceof JsonProcessingException j ? j.getOriginalMessage() : e.getMessage();
      JsonLocation at = e instanceof JsonProcessingException j ? j.getLocation() : null; // null for exceeded limits
      String where = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
      throw new FormatException(source, "invalid JSON: " + what + where, e);
    }
  }

  /**
   * Writes a value on one line, without spaces.
   *
   * @param value a map with string keys, an iterable, a string, a boolean, an int, long, float or double, or null; nested as
   *     deeply as wanted
   * @throws IllegalArgumentException if it holds a value of any other type
   */
  public static String write(Object value) {
    var out = new StringWriter();
    try (JsonGenerator generator = FACTORY.createGenerator(out)) {
      write(generator, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter does not fail
    }
    return out.toString();
  }

  /**
   * A number that {@link #parse} returned, as a double.
   *
   * @param value a number, or one of the strings {@code "NaN"}, {@code "Infinity"}, {@code "-Infinity"}
   * @throws IllegalArgumentException if it is anything else
   */
  public static double toDouble(Object value) {
    return switch (value) {
      case Number n -> n.doubleValue();
      case String s when s.equals("NaN") -> Double.NaN;
      case String s when s.equals("Infinity") -> Double.POSITIVE_INFINITY;
      case String s when s.equals("-Infinity") -> Double.NEGATIVE_INFINITY;
      case null, default -> throw new IllegalArgumentException("expected a number, found " + value);
    };
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
          parser.nextToken();
          map.put(name, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> switch (parser.getNumberType()) {
        case INT, LONG -> parser.getLongValue();
        case BIG_INTEGER, FLOAT, DOUBLE, BIG_DECIMAL -> parser.getDoubleValue();
      };
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NULL -> null;
      case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("JSON parser returned " + token);
    };
  }

  private static void write(JsonGenerator out, Object value) throws IOException {
    switch (value) {
      case null -> out.writeNull();
      case String s -> out.writeString(s);
      case Boolean b -> out.writeBoolean(b);
      case Double d when !Double.isFinite(d) -> out.writeString(d.toString());
      case Float f when !Float.isFinite(f) -> out.writeString(f.toString());
      case Double d -> out.writeNumber(d);
      case Float f -> out.writeNumber(f);
      case Long n -> out.writeNumber(n);
      case Integer n -> out.writeNumber(n);
      case Map<?, ?> map -> {
        out.writeStartObject();
        for (Map.Entry<?, ?> e : map.entrySet()) {
          out.writeFieldName((String) e.getKey());
          write(out, e.getValue());
        }
        out.writeEndObject();
      }
      case Iterable<?> list -> {
        out.writeStartArray();
        for (Object e : list) {
          write(out, e);
        }
        out.writeEndArray();
      }
      default -> throw new IllegalArgumentException("not a JSON value: " + value.getClass().getName());
    }
  }
}
