"""Real pictures from Debian packages as image trees, for the tests that want thousands.

ICONS   oxygen-icon-theme: 8,813 PNG in 8 class folders (the icon sizes), 21 to 1,833 a
        class, two levels deep; 2,517 of them are symbolic links to others.
MAPS    marble-qt-data: 323 map tiles in 18 class folders, 1 to 171 a class, up to four
        levels deep; 223 JPEG, 100 PNG.

Both are used where the packages put them. mixed_tree() makes one tree of both, by what
the icons show instead of by size: 9,136 pictures in 13 classes, 8 to 3,331 a class, PNG
and JPEG.

    /usr/bin/python3 tests/oracle/real_tree.py DIRECTORY    makes the mixed tree there
"""

import os
import sys

ICONS = "/usr/share/icons/oxygen/base"
MAPS = "/usr/share/marble/data/maps/earth"
SUFFIXES = (b".png", b".jpg", b".jpeg")


def class_names(root):
    """Class folders in index order, as torchvision's find_classes has them."""
    return sorted(entry.name for entry in os.scandir(root) if entry.is_dir())


def samples_of(root):
    """(path, class index) of every picture in the order of torchvision's make_dataset;
    paths are of the type of root, str or bytes."""
    samples = []
    for index, name in enumerate(class_names(root)):
        walk = os.walk(os.path.join(root, name), followlinks=True)
        for folder, _, files in sorted(walk):
            for file in sorted(files):
                if os.fsencode(file).lower().endswith(SUFFIXES):
                    samples.append((os.path.join(folder, file), index))
    return samples


def class_counts(root):
    """{class name: number of pictures} in index order, classes without any included."""
    counts = [0] * len(class_names(root))
    for _, index in samples_of(root):
        counts[index] += 1
    return dict(zip(class_names(root), counts))


def mixed_tree(root):
    """Fills root with links to the icons (class: the category) and the maps (class
    "maps"), and returns class_counts of it."""
    for path, _ in samples_of(ICONS):
        size, category, name = os.path.relpath(path, ICONS).split("/")[-3:]
        link(path, root, category, f"{size}-{name}")
    for path, _ in samples_of(MAPS):
        link(path, root, "maps", os.path.relpath(path, MAPS).replace("/", "-"))
    return class_counts(root)


def link(path, root, label, name):
    os.makedirs(os.path.join(root, label), exist_ok=True)
    os.symlink(path, os.path.join(root, label, name))


if __name__ == "__main__":
    for label, count in mixed_tree(sys.argv[1]).items():
        print(f"{label}\t{count}")
