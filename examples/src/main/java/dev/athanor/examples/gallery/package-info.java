/**
 * The gallery: what a course on neural networks draws on the board, computed and drawn. Each
 * {@link dev.athanor.examples.gallery.Exhibit} makes one picture, the numbers it was drawn from and a sentence about them;
 * {@link dev.athanor.examples.gallery.Gallery} runs them and writes a folder with a page.
 */
package dev.athanor.examples.gallery;
