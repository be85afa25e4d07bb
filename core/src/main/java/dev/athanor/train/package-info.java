/**
 * Training: {@link dev.athanor.train.Trainer} fits, evaluates and predicts; {@link dev.athanor.train.Checkpoint} saves and
 * restores a whole run to the bit; {@link dev.athanor.train.Callback callbacks} watch, {@link dev.athanor.train.ProgressBar} and
 * {@link dev.athanor.train.EarlyStopping} among them; {@link dev.athanor.train.History} remembers.
 */
package dev.athanor.train;
