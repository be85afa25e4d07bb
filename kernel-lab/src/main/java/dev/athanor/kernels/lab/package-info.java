/**
 * The kernel laboratory: {@link dev.athanor.kernels.lab.Laboratory} is the command, {@link dev.athanor.kernels.lab.Experiments}
 * lists what it can run, a {@link dev.athanor.kernels.lab.Bench} carries an {@link dev.athanor.kernels.lab.Experiment} out on a
 * {@link dev.athanor.kernels.lab.LabDevice}. The module's tests run every experiment on the simulator.
 */
package dev.athanor.kernels.lab;
