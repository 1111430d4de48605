"""Rotation vectors and matrices against what defines a rotation: its axis, its angle and its sense."""

import numpy as np
import pytest

from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors

ANGLES = (0.0, 1e-12, 1e-9, 1e-7, 1e-4, 0.3, np.pi / 2, 3.0, np.pi - 1e-4, np.pi - 1e-7, np.pi - 1e-10, np.pi)


def axes(count: int = 200) -> np.ndarray:
    drawn = np.random.default_rng(5).normal(size=(count, 3))
    return np.concatenate([drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.eye(3), -np.eye(3)])


def test_a_quarter_turn_about_z_takes_x_to_y():
    matrix = rotation_matrices(np.array([0.0, 0.0, np.pi / 2]))
    assert np.allclose(matrix @ [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], atol=1e-15)


@pytest.mark.parametrize('angle', ANGLES)
def test_matrix_keeps_the_axis_and_turns_by_the_angle(angle):
    axis = axes()
    across = np.cross(axis, np.roll(axis, 1, axis=1) + [0.1, 0.0, 0.2])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    matrices = rotation_matrices(angle * axis)
    turned = np.einsum('nij,nj->ni', matrices, across)
    expected = np.cos(angle) * across + np.sin(angle) * np.cross(axis, across)
    assert np.allclose(np.einsum('nij,nj->ni', matrices, axis), axis, atol=1e-14)
    assert np.allclose(turned, expected, atol=1e-14)
    assert np.allclose(matrices @ np.swapaxes(matrices, 1, 2), np.eye(3), atol=1e-14)


@pytest.mark.parametrize('angle', ANGLES[:-1])
def test_vector_comes_back(angle):
    vectors = angle * axes()
    assert np.allclose(rotation_vectors(rotation_matrices(vectors)), vectors, rtol=0, atol=5e-15 * max(1, angle))


def test_half_turn_comes_back_up_to_its_sign():
    vectors = np.pi * axes()
    back = rotation_vectors(rotation_matrices(vectors))
    assert np.allclose(np.linalg.norm(back, axis=1), np.pi, atol=1e-14)
    assert np.allclose(np.abs(np.sum(back * vectors, axis=1)), np.pi ** 2, atol=1e-12)


def test_more_than_half_a_turn_comes_back_the_short_way():
    assert np.allclose(rotation_vectors(rotation_matrices(np.array([0.0, 4.0, 0.0]))), [0.0, 4.0 - 2 * np.pi, 0.0])


def test_any_leading_shape():
    vectors = np.random.default_rng(6).uniform(-1.5, 1.5, size=(2, 5, 3))
    assert rotation_matrices(vectors).shape == (2, 5, 3, 3)
    assert np.allclose(rotation_vectors(rotation_matrices(vectors)), vectors)
