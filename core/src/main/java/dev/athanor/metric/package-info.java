/** What is reported beside the loss: {@link dev.athanor.metric.Accuracy}, {@link dev.athanor.metric.MeanAbsoluteError}. */
package dev.athanor.metric;
