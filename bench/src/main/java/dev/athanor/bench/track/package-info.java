/**
 * What every contestant of the race shares: the cases, the first weights, the data, and how a contestant is spoken to. Nothing
 * here needs a toolkit, so
 * the peers are compiled with these sources and nothing else of ours.
 */
package dev.athanor.bench.track;
