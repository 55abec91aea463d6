"""Settings as attributes, frozen when they shall stay; as Keras's where it has them."""

import copy
import json
import pickle

import pytest

from convolith.utils import Config


def programs(kind):
    """What is seen of a config after a number of steps."""
    config = kind(b=2, a=1)
    config.c = [3]
    config["d"] = None
    seen = [list(config), list(config.keys()), list(config.values()), len(config), "c" in config, "x" in config]
    seen += [config.a, config["b"], config.get("x"), config.get("x", 5), config.frozen, repr(config), config.to_json()]
    seen += [config.pop("a"), config.pop("a", 7)]
    del config["b"]
    config.update({"e": 4}, f=5)
    copied = config.as_dict()
    copied["g"] = 6
    seen += [sorted(config.items(), key=str), copied, config.c is copied["c"]]
    config.freeze()
    seen.append(config.frozen)
    config.unfreeze()
    config.e = 8
    return [*seen, config.e]


def test_it_is_used_as_keras_s(keras):
    assert len(programs(Config)) > 10
    ours, theirs = programs(Config), programs(keras.utils.Config)
    assert [sorted(one, key=str) if isinstance(one, list) else one for one in ours] == [
        sorted(one, key=str) if isinstance(one, list) else one for one in theirs
    ]


def test_entries_are_attributes_and_items():
    config = Config(rate=0.1)
    config.steps = 5
    config["seed"] = 3
    assert (config["rate"], config.steps, config.seed) == (0.1, 5, 3)
    assert json.loads(config.to_json()) == config.as_dict() == dict(config) == {"rate": 0.1, "steps": 5, "seed": 3}
    del config.rate
    assert sorted(config) == ["seed", "steps"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda config: setattr(config, "rate", 1), "rate cannot be set"),
        (lambda config: config.__setitem__("new", 1), "new cannot be set"),
        (lambda config: config.update(new=1), "new cannot be set"),
        (lambda config: config.pop("rate"), "rate cannot be removed"),
        (lambda config: config.__delitem__("rate"), "rate cannot be removed"),
        (lambda config: delattr(config, "rate"), "rate cannot be removed"),
        (lambda config: config.clear(), "rate cannot be removed"),
    ],
)
def test_a_frozen_one_stays(change, what):
    config = Config(rate=0.1)
    config.freeze()
    with pytest.raises(ValueError, match=f"Config: {what}: the config is frozen"):
        change(config)
    assert config.as_dict() == {"rate": 0.1}


def test_what_is_not_there_is_named():
    config = Config(learning_rate=0.1)
    with pytest.raises(AttributeError, match="Config: there is no entry 'learning_rat'; there is 'learning_rate'"):
        _ = config.learning_rat
    with pytest.raises(AttributeError, match="Config: there is no entry 'x'$"):
        _ = config.x
    with pytest.raises(AttributeError, match="Config: there is no entry 'x'"):
        del config.x
    with pytest.raises(KeyError):
        _ = config["x"]
    with pytest.raises(AttributeError, match=r"Config: 'items' is a method's name; for an entry use config\['items'\]"):
        config.items = 3


def test_copies_are_whole():
    config = Config(a=[1])
    config.freeze()
    for other in (copy.copy(config), copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert (other.as_dict(), other.frozen) == ({"a": [1]}, True)
