"""Confident learning in NumPy, from the paper (Northcutt, Jiang and Chuang 2021) and the
choices that cleanlab 2 documents: which slack, which rounding, who is left alone. Dense
matrices and no thought of speed."""

import numpy as np
from scipy.special import xlogy

SLACK = 1e-6
FILTERS = ["prune_by_noise_rate", "prune_by_class", "both", "confident_learning",
           "predicted_neq_given", "low_self_confidence", "low_normalized_margin"]
SCORES = ["self_confidence", "normalized_margin", "confidence_weighted_entropy"]


def thresholds(labels, probs):
    """The mean of each class's own probability; what no probability reaches where there
    is no sample. An integer among them makes float64 of all."""
    means = [probs[labels == k, k].mean() if (labels == k).any() else 2
             for k in range(probs.shape[1])]
    return np.maximum(np.array(means), 2 * SLACK)


def guesses(labels, probs):
    """The class each sample is confidently of; -1: of none."""
    reached = probs >= thresholds(labels, probs) - SLACK
    n = reached.sum(1)
    guess = np.where(n > 1, probs.argmax(1), reached.argmax(1))
    return np.where(n > 0, guess, -1)


def round_keeping_sum(row):
    """To whole numbers of the same sum: those with the largest rests go up, or those
    with the smallest down."""
    whole = row.round()
    while (apart := int(row.sum().round() - whole.sum())) != 0:
        order = np.argsort(row - whole)
        chosen = order[::-1][:apart] if apart > 0 else order[:-apart]
        whole[chosen] += np.sign(apart)
    return whole


def joint(labels, probs):
    """How many samples of label k (row) are of class j (column), estimated."""
    k = probs.shape[1]
    by_guess = np.zeros((k, k))  # by guess and then by label, as the reference lies
    for label, guess in zip(labels, guesses(labels, probs)):
        if guess >= 0:
            by_guess[guess, label] += 1
    by_guess[np.diag_indices(k)] = np.maximum(by_guess.diagonal(), 1)
    scaled = by_guess / by_guess.sum(0) * np.bincount(labels, minlength=k)
    scaled = scaled / scaled.sum() * len(labels)
    return np.array([round_keeping_sum(row) for row in scaled.T]).astype(int)


def pruned(labels, probs):
    """The joint with one sample at least on the diagonal, at the cost of its row."""
    counts = joint(labels, probs)
    for row, k in zip(counts, range(len(counts))):
        if row[k] == 0:
            row[row > 0] -= 1
            row[k] = 1
    return counts


def by_class(labels, probs):
    counts, mask = pruned(labels, probs), np.zeros(len(labels), bool)
    for k in range(probs.shape[1]):
        (members,) = np.nonzero(labels == k)
        if len(members) > 1 and len(members) > counts[k, k]:
            order = np.argsort(probs[members, k])
            mask[members[order[:len(members) - counts[k, k]]]] = True
    return mask


def by_noise_rate(labels, probs):
    counts, mask = pruned(labels, probs), np.zeros(len(labels), bool)
    for k in range(probs.shape[1]):
        (members,) = np.nonzero(labels == k)
        for j in range(probs.shape[1]):
            if j != k and counts[k, j] > 0 and len(members) > 1:
                order = np.argsort(-(probs[members, j] - probs[members, k]))
                mask[members[order[:counts[k, j]]]] = True
    return mask


def score(labels, probs, name):
    own = probs[np.arange(len(labels)), labels]
    if name == "self_confidence":
        return own
    if name == "normalized_margin":
        others = probs.copy()
        others[np.arange(len(labels)), labels] = -1
        return (own - others.max(1) + 1) / 2
    entropy = -xlogy(probs, probs).sum(1) / np.log(probs.shape[1])
    entropy = entropy / np.clip(own, SLACK, None)
    return np.log(entropy + 1) / np.clip(entropy, SLACK, None)


def issues(labels, probs, filter_by, ranked_by):
    """Indices of labels that are likely wrong, worst first."""
    raised = probs.copy()
    raised[np.arange(len(labels)), labels] += SLACK
    is_close = raised.argmax(1) == labels
    guess = guesses(labels, probs)
    off_diagonal = (guess >= 0) & (guess != labels) & ~is_close
    if filter_by == "prune_by_noise_rate":
        mask = by_noise_rate(labels, probs) & ~is_close
    elif filter_by == "prune_by_class":
        mask = by_class(labels, probs) & ~is_close
    elif filter_by == "both":
        mask = by_class(labels, probs) & by_noise_rate(labels, probs) & ~is_close
    elif filter_by == "confident_learning":
        mask = off_diagonal
    elif filter_by == "predicted_neq_given":
        mask = (probs.argmax(1) != labels) & ~is_close
    else:
        order = np.argsort(score(labels, probs, filter_by[len("low_"):]))
        mask = np.zeros(len(labels), bool)
        mask[order[:off_diagonal.sum()]] = True
    (found,) = np.nonzero(mask)
    return found[np.argsort(score(labels, probs, ranked_by)[mask])]
