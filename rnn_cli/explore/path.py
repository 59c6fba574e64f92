"""The gradient's path through a world, with the loss that the world has."""

from dataclasses import replace

from rnn_cli.explore.against import typed
from rnn_cli.explore.world import World
from rnn_cli.study.gradient_path import GradientPath
from rnn_cli.study.gradients import gradients_along


def path_of(world: World, layer: int, direction: str) -> GradientPath:
    """That through a layer and direction, kept once it is known."""
    return world.once(("path", layer, direction), lambda: _path_of(world, layer, direction))


def _path_of(world: World, layer: int, direction: str) -> GradientPath:
    model = replace(world.model, name=f"{world.model.name}, as edited") if world.edited else world.model
    return gradients_along(model, world.sequence, layer=str(layer), direction=direction, target=typed(world))
