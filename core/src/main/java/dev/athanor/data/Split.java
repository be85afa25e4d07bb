package dev.athanor.data;

/**
 * Two parts of a data set that share no example.
 *
 * @param train the part to learn from
 * @param test the part held back, to test or to validate
 */
public record Split(Dataset train, Dataset test) {}
