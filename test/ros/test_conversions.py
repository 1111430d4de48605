"""Messages to arrays and back."""

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.person.answers import ANSWER_SHAPES, PersonAnswers
from poseformer_ros.person.square import Square
from poseformer_ros.person.view import NO_PARTS
from poseformer_ros.ros import conversions
from poseformer_ros.silhouette.person import Floor, Roi, Silhouette, nobody
from poseformer_ros.skeleton.joints import JOINT_NAMES, ArmTable, JointState, Skeleton, no_skeleton

HEADER = Header(frame_id='camera')
HEADER.stamp.sec, HEADER.stamp.nanosec = 1_700_000_000, 123_456_789
COLOR = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
CAMERA = Intrinsics(7, 5, 6.0, 6.5, 3.0, 2.0)


def image(pixels: np.ndarray, encoding: str, padding: int = 0) -> Image:
    """A message whose rows end with `padding` bytes of rubbish, in the byte order of the array."""
    rows = np.frombuffer(pixels.tobytes(), np.uint8).reshape(len(pixels), -1)
    rows = np.hstack([rows, np.full((len(rows), padding), 0xAB, np.uint8)])
    return Image(height=pixels.shape[0], width=pixels.shape[1], encoding=encoding, step=rows.shape[1],
                 is_bigendian=pixels.dtype.byteorder == '>', data=rows.tobytes())


def compressed(pixels: np.ndarray, ending: str) -> CompressedImage:
    return CompressedImage(format=ending, data=cv2.imencode(f'.{ending}', pixels)[1].tobytes())


# --- colour

@pytest.mark.parametrize('padding', [0, 5])
@pytest.mark.parametrize(('encoding', 'pixels'), [
    ('bgr8', COLOR), ('8UC3', COLOR), ('rgb8', COLOR[..., ::-1]),
    ('bgra8', np.dstack([COLOR, COLOR[..., 0]])), ('rgba8', np.dstack([COLOR[..., ::-1], COLOR[..., 0]])),
])
def test_colour_encodings_come_out_as_bgr(encoding, pixels, padding):
    found = conversions.color_image(image(np.ascontiguousarray(pixels), encoding, padding), 'color/image')
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, COLOR)


def test_grey_image_comes_out_as_bgr():
    found = conversions.color_image(image(np.ascontiguousarray(COLOR[..., 0]), 'mono8'), 'color/image')
    np.testing.assert_array_equal(found, np.dstack([COLOR[..., 0]] * 3))


@pytest.mark.parametrize('form', ['mono16', '16UC1', 'png'])
def test_grey_of_16_bits_comes_out_as_bgr(form):
    grey = COLOR[..., 0].astype(np.uint16) * np.uint16(257)
    found = conversions.color_image(compressed(grey, 'png') if form == 'png' else image(grey, form), 'color/image')
    np.testing.assert_allclose(found.astype(int), np.dstack([COLOR[..., 0]] * 3).astype(int), atol=1)


@pytest.mark.parametrize(('encoding', 'channels'), [('8UC1', 1), ('8UC3', 3), ('8UC4', 4)])
def test_colour_without_a_named_order_is_opencvs(encoding, channels):
    full = np.dstack([COLOR, np.full(COLOR.shape[:2], 9, np.uint8)])
    pixels = np.ascontiguousarray(COLOR[..., 0] if channels == 1 else full[..., :channels])
    wanted = np.dstack([COLOR[..., 0]] * 3) if channels == 1 else COLOR
    np.testing.assert_array_equal(conversions.color_image(image(pixels, encoding), 'color/image'), wanted)


def test_compressed_colour():
    np.testing.assert_array_equal(conversions.color_image(compressed(COLOR, 'png'), 'color/image'), COLOR)
    smooth = np.full((64, 64, 3), (200, 40, 90), np.uint8)
    jpeg = conversions.color_image(compressed(smooth, 'jpg'), 'color/image').astype(int)
    assert np.abs(jpeg - smooth).max() <= 4


@pytest.mark.parametrize('message', [
    image(COLOR.astype(np.uint16), '16UC3'), image(COLOR[..., 0].astype(np.float32), '32FC1'),
    Image(encoding='rgb8'), Image(encoding='bgr8', width=7, height=5, step=21, data=b'short'),
    CompressedImage(format='jpeg'), CompressedImage(format='jpeg', data=b'not an image'),
], ids=['16UC3', '32FC1', 'empty rgb8', 'too short', 'empty jpeg', 'broken jpeg'])
def test_unreadable_colour_names_topic_value_and_remedy(message):
    found = message.format if isinstance(message, CompressedImage) else message.encoding
    with pytest.raises(BadInput, match='^color/image: .*(set the camera preset or republish)') as error:
        conversions.color_image(message, 'color/image')
    assert repr(found) in str(error.value)


def test_colour_message_and_back():
    message = conversions.color_message(COLOR, HEADER)
    assert (message.encoding, message.step, message.width, message.height) == ('bgr8', 21, 7, 5)
    assert message.header == HEADER
    np.testing.assert_array_equal(conversions.color_image(message, 'color/image'), COLOR)


# --- depth

@pytest.mark.parametrize('padding', [0, 3])
@pytest.mark.parametrize('order', ['<', '>'])
@pytest.mark.parametrize('encoding', ['16UC1', 'mono16'])
def test_millimetres(encoding, order, padding):
    raw = np.array([[1, 2500, 65534], [0, 65535, 300]], f'{order}u2')
    found = conversions.depth_image(image(raw, encoding, padding), 'depth/image')
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0.001, 2.5, 65.534], [np.nan, np.nan, 0.3]], rtol=1e-6)


@pytest.mark.parametrize('padding', [0, 8])
@pytest.mark.parametrize('order', ['<', '>'])
def test_metres(order, padding):
    raw = np.array([[0.5, 2.25, np.nan], [np.inf, 0.0, -1.0], [-np.inf, 8.0, 1.0]], f'{order}f4')
    found = conversions.depth_image(image(raw, '32FC1', padding), 'depth/image')
    assert found.dtype == np.float32 and found.dtype.isnative
    np.testing.assert_array_equal(found, [[0.5, 2.25, np.nan], [np.nan, np.nan, np.nan], [np.nan, 8.0, 1.0]])


def test_depth_message_and_back():
    depth = np.array([[1.2344, 1.2346, np.nan], [70.0, 0.0, -0.5]], np.float32)
    message = conversions.depth_message(depth, HEADER)
    assert (message.encoding, message.step, message.header) == ('16UC1', 6, HEADER)
    found = conversions.depth_image(message, 'depth/image')
    # Beyond 16 bits the farthest value is taken, not the one that means saturated; nothing wraps round.
    np.testing.assert_allclose(found, [[1.234, 1.235, np.nan], [65.534, np.nan, np.nan]], rtol=1e-6)


def test_message_of_metres_does_not_change_the_image_that_it_was_read_from():
    message = image(np.array([[0.0, 1.0]], np.float32), '32FC1')
    before = bytes(message.data)
    conversions.depth_image(message, 'depth/image')
    assert bytes(message.data) == before


@pytest.mark.parametrize('encoding', ['mono8', 'bgr8', '64FC1', ''])
def test_unknown_depth_encoding_names_topic_value_and_remedy(encoding):
    with pytest.raises(BadInput, match=f"^depth/image: encoding '{encoding}', wanted 16UC1 or 32FC1; set the camera preset"):
        conversions.depth_image(Image(encoding=encoding), 'depth/image')


def test_depth_with_too_few_bytes_is_refused():
    message = image(np.ones((4, 4), np.uint16), '16UC1')
    message.data = message.data[:-1]
    with pytest.raises(BadInput, match='^depth/image: .*too few'):
        conversions.depth_image(message, 'depth/image')


# --- calibration

def test_camera_info_and_back():
    message = conversions.camera_info_message(CAMERA, HEADER)
    assert conversions.intrinsics(message, 'color/camera_info') == CAMERA
    np.testing.assert_array_equal(np.reshape(message.p, (3, 4))[:, :3], CAMERA.matrix)
    assert message.header == HEADER and not any(message.d)


@pytest.mark.parametrize('k', [[0.0] * 9, [500.0, 0, 0, 0, 0, 0, 0, 0, 1.0], [np.nan, 0, 0, 0, 500.0, 0, 0, 0, 1.0]])
def test_uncalibrated_camera_is_refused(k):
    with pytest.raises(BadInput, match='^color/camera_info: K has focal lengths .*not calibrated; calibrate it'):
        conversions.intrinsics(CameraInfo(k=k), 'color/camera_info')


# --- results

def silhouette(**changes) -> Silhouette:
    depth = np.array([[1.0, np.nan], [2.345, 3.0], [0.7, 1.5]], np.float32)
    values = dict(found=True, mask=np.array([[True, False], [True, True], [False, True]]), depth=depth,
                  color=np.ascontiguousarray(COLOR[:3, :2]), roi=Roi(4, 1, 2, 3), intrinsics=CAMERA.crop(4, 1, 2, 3),
                  image_size=(7, 5), floor=Floor(np.array([0.0, -0.8, -0.6]), 1.25), track_id=7, cut=True)
    return Silhouette(**values | changes)


def assert_same_silhouette(found: Silhouette, sent: Silhouette) -> None:
    for name in ('found', 'roi', 'intrinsics', 'image_size', 'track_id', 'cut'):
        assert getattr(found, name) == getattr(sent, name), name
    for name in ('mask', 'color'):
        np.testing.assert_array_equal(getattr(found, name), getattr(sent, name))
    np.testing.assert_allclose(found.depth, sent.depth, atol=1e-6)      # sent in whole millimetres
    if sent.floor is None:
        assert found.floor is None
    else:
        np.testing.assert_array_equal(found.floor.normal, sent.floor.normal)
        assert found.floor.offset == sent.floor.offset


def answers(**changes) -> PersonAnswers:
    """Numbers that are all different, as a network might say them."""
    random = np.random.default_rng(3)
    values = {name: random.normal(size=shape).astype(np.float32) for name, shape in ANSWER_SHAPES.items() if name != 'parts'}
    values['parts'] = random.integers(0, 256, ANSWER_SHAPES['parts']).astype(np.uint8)
    return PersonAnswers(**{'model': 'ab' * 32, 'square': Square(np.array([3.25, 2.5]), 4.5, 2.1, 0.7, 0.1), **values, **changes})


def test_answers_travel_with_the_silhouette_to_the_last_bit():
    sent = silhouette(answers=answers(), doubt=0.3)
    found = conversions.silhouette(conversions.silhouette_message(sent, HEADER))
    assert found.doubt == 0.3 and found.answers.model == sent.answers.model
    for name in ANSWER_SHAPES:
        np.testing.assert_array_equal(getattr(found.answers, name), getattr(sent.answers, name))
    assert vars(found.answers.square) | {'centre': 0} == vars(sent.answers.square) | {'centre': 0}
    np.testing.assert_array_equal(found.answers.square.centre, sent.answers.square.centre)
    assert conversions.silhouette(conversions.silhouette_message(silhouette(), HEADER)).answers is None
    without = conversions.silhouette(conversions.silhouette_message(silhouette(answers=answers(parts=NO_PARTS)), HEADER))
    assert without.answers.parts.shape == NO_PARTS.shape


@pytest.mark.parametrize(('changes', 'said'), [
    ({'facing': np.full(24, np.nan, np.float32)}, 'not finite'),
    ({'square': Square(np.array([3.0, np.inf]), 4.5, 2.1, 0.7)}, 'not finite'),
    ({'square': Square(np.array([3.0, 2.0]), 0.0, 2.1, 0.7)}, 'a square of 0 px at 2.1 m'),
    ({'square': Square(np.array([3.0, 2.0]), 4.5, np.nan, 0.7)}, 'a square of 4.5 px at nan m'),
    ({'parts': np.zeros((25, 48, 47), np.uint8)}, '56400 probabilities of parts, not 25 x 48 x 48'),
])
def test_answers_that_mean_nothing_are_refused(changes, said):
    message = conversions.silhouette_message(silhouette(answers=answers(**changes)), HEADER)
    with pytest.raises(BadInput, match=f'^silhouette answers: .*{said}.*or leave `model` empty'):
        conversions.silhouette(message)


@pytest.mark.parametrize('sent', [silhouette(), silhouette(floor=None, cut=False), nobody(CAMERA, None),
                                  nobody(CAMERA, Floor(np.array([0.0, -1.0, 0.0]), 1.0))],
                         ids=['person', 'no floor', 'nobody', 'nobody with floor'])
def test_silhouette_there_and_back(sent):
    message = conversions.silhouette_message(sent, HEADER)
    assert message.header == HEADER
    assert_same_silhouette(conversions.silhouette(message), sent)


def test_silhouette_of_mixed_sizes_is_refused():
    message = conversions.silhouette_message(silhouette(), HEADER)
    message.depth = conversions.depth_message(np.ones((2, 2), np.float32), HEADER)
    with pytest.raises(BadInput, match=r'^silhouette: .*depth \(2, 2\)'):
        conversions.silhouette(message)


def test_silhouette_with_an_unreadable_mask_is_refused():
    message = conversions.silhouette_message(silhouette(), HEADER)
    message.mask.encoding = 'nonsense'
    with pytest.raises(BadInput, match="^silhouette mask: 'nonsense'"):
        conversions.silhouette(message)


def skeleton() -> Skeleton:
    random = np.random.default_rng(1)
    positions, pixels = random.normal(size=(24, 3)), random.normal(size=(24, 2))
    covariance, state = random.normal(size=(24, 3, 3)), random.integers(1, 4, 24).astype(np.uint8)
    positions[5], pixels[5], covariance[5], state[5] = np.nan, np.nan, np.nan, JointState.MISSING
    return Skeleton(positions, random.random(24), covariance, state, pixels, (ArmTable.RAISED, ArmTable.LOWERED), 3)


@pytest.mark.parametrize('sent', [skeleton(), no_skeleton()], ids=['person', 'nobody'])
def test_skeleton_there_and_back_to_the_last_bit(sent):
    message = conversions.skeleton_message(sent, HEADER)
    assert message.header == HEADER
    found = conversions.skeleton(message)
    for name in ('positions', 'confidence', 'covariance', 'state', 'pixels'):
        assert getattr(found, name).tobytes() == getattr(sent, name).tobytes(), name
    assert (found.arm_tables, found.track_id) == (sent.arm_tables, sent.track_id)


def test_message_constants_are_our_numbers():
    from poseformer_ros.msg import Skeleton24
    assert [getattr(Skeleton24, name.upper()) for name in JOINT_NAMES] == list(range(24))
    assert all(getattr(Skeleton24, state.name) == state for state in JointState)
    assert all(getattr(Skeleton24, f'TABLE_{table.name}') == table for table in ArmTable)


def test_rgbd_frame_message():
    depth = np.linspace(0.5, 4.0, 35, dtype=np.float32).reshape(5, 7)
    message = conversions.rgbd_frame_message(RgbdFrame(COLOR, depth, CAMERA), HEADER, -0.004)
    assert message.stamp_gap == -0.004 and message.header == message.color.header == message.depth.header == HEADER
    assert conversions.intrinsics(message.camera_info, 'rgbd') == CAMERA
    np.testing.assert_allclose(conversions.depth_image(message.depth, 'rgbd'), depth, atol=5.1e-4)


def test_transforms_leave_missing_joints_out():
    sent = skeleton()
    transforms = conversions.joint_transforms(sent, JOINT_NAMES, HEADER)
    names = [transform.child_frame_id for transform in transforms]
    assert len(names) == 23 and 'person_3_right_knee' not in names and names[0] == 'person_3_pelvis'
    place = transforms[0].transform.translation
    assert [place.x, place.y, place.z] == sent.positions[0].tolist()


def test_stamp_in_nanoseconds():
    assert conversions.stamp_ns(HEADER) == 1_700_000_000_123_456_789


def test_quaternion_turns_vectors_as_the_matrix_does():
    turn = cv2.Rodrigues(np.array([0.3, -1.1, 0.7]))[0]
    for matrix in (turn, np.eye(3), np.diag([1.0, -1.0, -1.0])):
        q = conversions.quaternion(matrix)
        xyz = np.array([q.x, q.y, q.z])
        for v in np.eye(3):
            turned = v + 2.0 * np.cross(xyz, np.cross(xyz, v) + q.w * v)
            np.testing.assert_allclose(turned, matrix @ v, atol=1e-9)
