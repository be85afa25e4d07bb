/** The race: this toolkit's own lane, and the driver that runs all lanes by turns and writes the table. */
package dev.athanor.bench.race;
