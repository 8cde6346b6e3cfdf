"""Makes small event files with real writers: `make_tensorboard.py FOLDER tensorboardX|tensorflow`."""

import math
import sys


def with_tensorboardx(folder):
    import numpy
    from tensorboardX import SummaryWriter

    with SummaryWriter(f"{folder}/plain") as writer:
        for step in range(5):
            writer.add_scalar("loss/train", 1 / (step + 1), step, walltime=1_700_000_000.25 + step)
        for step in range(3):
            writer.add_scalar("loss/valid", step, step * 10, walltime=1_700_000_001 + step)
        writer.add_scalar("odd", math.nan, 0, walltime=1_700_000_002)
        writer.add_scalar("odd", math.inf, 1, walltime=1_700_000_002)
        writer.add_text("note", "hello *you*", 0, walltime=1_700_000_003)
        writer.add_image("pixels", numpy.zeros((3, 2, 2), dtype=numpy.uint8), 4, walltime=1_700_000_004)
        writer.add_histogram("weights", numpy.arange(10), 1, walltime=1_700_000_005)
    with SummaryWriter(f"{folder}/tuned") as writer:
        writer.add_hparams({"lr": 0.1, "layers": 3, "optimizer": "adam", "bias": True}, {"accuracy": 0.9}, name="trial")


def with_tensorflow(folder):
    import tensorflow as tf
    from tensorboard.plugins.hparams import api as hp

    with tf.summary.create_file_writer(f"{folder}/train").as_default():
        for step in range(5):
            tf.summary.scalar("epoch_loss", 1 / (step + 1), step=step)
        tf.summary.text("note", "hello", step=0)
        tf.summary.image("pixels", tf.zeros((1, 2, 2, 3)), step=1)
        tf.summary.histogram("weights", tf.range(10, dtype=tf.float32), step=1)
        tf.summary.scalar("double", tf.constant(0.1, tf.float64), step=1)
        hp.hparams({"lr": 0.25, "units": 16, "optimizer": "sgd"}, trial_id="t1")


{"tensorboardX": with_tensorboardx, "tensorflow": with_tensorflow}[sys.argv[2]](sys.argv[1])
