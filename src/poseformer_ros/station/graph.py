"""The one description of the station: nodes, topics, quality of service, parameters, processes.

The launch file, the single-process runner, the nodes themselves, the generated docs and the checks of `station.rviz` read it.
"""

from dataclasses import replace

from poseformer_ros.assessment.repetitions.excursions import RepetitionOptions
from poseformer_ros.body.body_options import BodyModelOptions
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.writer_options import WriterOptions
from poseformer_ros.recordings.image_folder import FolderOptions
from poseformer_ros.recordings.live_session import SessionOptions
from poseformer_ros.ros.bags.bag_options import PlayerOptions, RecorderOptions
from poseformer_ros.ros.diagnostics import DiagnosticsOptions
from poseformer_ros.ros.freshness import FreshnessOptions
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.input.image_source import SourceOptions
from poseformer_ros.ros.input.rgbd_assembly import InputOptions
from poseformer_ros.ros.input.synchroniser import SyncOptions
from poseformer_ros.ros.scenes.body_scene import MeshOptions
from poseformer_ros.ros.scenes.marker_scene import MarkerOptions
from poseformer_ros.ros.spec import HandOver, NodeSpec, Service, Topic
from poseformer_ros.ros.view.view_options import ViewOptions
from poseformer_ros.stage_options import STAGES
from poseformer_ros.synthesis.capsule.studio_options import StudioOptions
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.scene_options import SceneOptions

PACKAGE = 'poseformer_ros'
NAMESPACE = 'poseformer'


def _image(name: str, qos: str, text: str) -> Topic:
    return Topic(name, 'sensor_msgs/msg/Image', qos, text)


def _info(name: str, qos: str, text: str) -> Topic:
    return Topic(name, 'sensor_msgs/msg/CameraInfo', qos, text)


_HEALTH = {'diagnostics': DiagnosticsOptions}
_ANSWERING = _HEALTH | {'freshness': FreshnessOptions}
_DIAGNOSTICS = Topic('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray', 'result', 'health, once a second')
_SILHOUETTE = Topic('silhouette', 'poseformer_ros/msg/Silhouette', 'latest', "one person's crop, floor, region of interest")
# For nodes that put several results of one image together: a newer one must not take an older one's place.
_EVERY_SILHOUETTE = replace(_SILHOUETTE, qos='result')
_RGBD = Topic('rgbd', 'poseformer_ros/msg/RgbdFrame', 'image_out', 'the synchronized pair; made only while somebody reads it')
_SKELETON_RAW = Topic('skeleton/raw', 'poseformer_ros/msg/Skeleton24', 'result', '24 joints of this image alone')
_SKELETON = Topic('skeleton', 'poseformer_ros/msg/Skeleton24', 'result', '24 joints, filtered over time')
_SKELETON_POINTS = Topic('skeleton/points', 'sensor_msgs/msg/PointCloud2', 'result',
                         'the same for viewers without our messages, while somebody reads it: x y z sigma joint state, a point for '
                         'each joint, NaN where missing')
_FIT = Topic('body/fit', 'poseformer_ros/msg/BodyFit', 'result', 'pose, shape, joints with covariance, residuals')
_KEYPOINTS = Topic('keypoints', 'poseformer_ros/msg/Keypoints2D', 'result', "points of each detector, and what they come to")
_BODY_PARTS = Topic('body_parts', 'poseformer_ros/msg/BodyParts', 'result', 'part labels of the crop, contour points of each part')
_FEATURES = Topic('features', 'poseformer_ros/msg/FusedFeatures', 'result', "one image's vector, with what is missing flagged")
_EXERCISE = Topic('exercise', 'poseformer_ros/msg/ExerciseState', 'result', 'label, probabilities, entropy, time since it settled')
_ANGLES = Topic('assessment/angles', 'sensor_msgs/msg/JointState', 'result', 'joint angles in radians, places as parts of it')
_LIVE = Topic('assessment/live', 'poseformer_ros/msg/AssessmentLive', 'result', "the set's count, phase and last fault")
_BODY_MODEL = Topic('body/model', 'poseformer_ros/msg/BodyModelInfo', 'latched', "the model's name and topology")
_LEGEND = Topic('body_parts/legend', 'poseformer_ros/msg/LabelLegend', 'latched', 'names and colours of the labels')
_EXERCISE_MODEL = Topic('exercise/model', 'poseformer_ros/msg/ClassifierInfo', 'latched',
                        'which model runs, and what it was trained on')
_CAMERA = (
    _image('color/image', 'image_out', 'bgr8'),
    _image('depth/image', 'image_out', '16UC1 millimetres'),
    _info('color/camera_info', 'image_out', 'calibration of color/image'),
    _info('depth/camera_info', 'image_out', 'calibration of depth/image'),
)

STATION = (
    NodeSpec(
        'rgbd_sync', 'RgbdSyncNode', "pairs a camera's colour and depth by stamp, checks and registers them",
        subscriptions=(
            _image('color/image', 'image_in', 'colour in every encoding of cv_bridge, nv12, nv21; or color/image/compressed'),
            _image('depth/image', 'image_in', '16UC1 or mono16 millimetres, 32FC1 metres; or depth/image/compressedDepth'),
            _info('color/camera_info', 'image_in', 'calibration of the colour image; also latched'),
            _info('depth/camera_info', 'image_in', 'calibration of unregistered depth; read only then'),
            Topic(COMBINED, 'realsense2_camera_msgs/msg/RGBD', 'image_in',
                  'all four in one message, read instead of them with input.combined'),
            Topic('/tf_static', 'tf2_msgs/msg/TFMessage', 'transforms_in', 'read for input.extrinsics tf_static alone'),
        ),
        publications=(
            _RGBD,
            Topic('/tf_static', 'tf2_msgs/msg/TFMessage', 'latched',
                  'with input.rotate: the colour frame to that of the turned images, `<frame>_upright`'),
            _DIAGNOSTICS,
        ),
        options={'input': InputOptions, 'sync': SyncOptions} | _HEALTH,
    ),
    NodeSpec(
        'silhouette', 'SilhouetteNode', "finds the floor and the person, follows one person, cuts the person's crop",
        subscriptions=(replace(_RGBD, qos='latest', text='the synchronized pair; in memory where rgbd_sync runs beside it'),
                       replace(_DIAGNOSTICS, text='to notice another station in the same namespace')),
        publications=(_SILHOUETTE, _DIAGNOSTICS),
        services=(Service('follow', 'poseformer_ros/srv/Follow', 'follow somebody, by track id or by a pixel of the image'),),
        options=STAGES['silhouette'] | _ANSWERING,
    ),
    NodeSpec(
        'joints', 'JointsNode', "finds the person's 24 joints in metres, and filters them over time",
        subscriptions=(_SILHOUETTE,),
        publications=(_SKELETON_RAW, _SKELETON, _SKELETON_POINTS, _DIAGNOSTICS),
        options=STAGES['joints'] | _ANSWERING,
    ),
    NodeSpec(
        'smpl_fit', 'SmplFitNode', 'fits the body model to the joints and to the depth of the silhouette',
        subscriptions=(_SILHOUETTE, _SKELETON_RAW),
        publications=(
            _FIT,
            _BODY_MODEL,
            Topic('body/vertices', 'sensor_msgs/msg/PointCloud2', 'result', 'the surface, while somebody reads it'),
            Topic('body/mesh', 'visualization_msgs/msg/MarkerArray', 'result',
                  'surface and bones of one fit for RViz, at a limited rate'),
            _DIAGNOSTICS,
        ),
        options=STAGES['smpl_fit'] | {'mesh': MeshOptions} | _ANSWERING,
    ),
    NodeSpec(
        'keypoints', 'KeypointsNode', 'classical detectors and skeleton landmarks on the silhouette',
        subscriptions=(_SILHOUETTE,),
        publications=(_KEYPOINTS, _DIAGNOSTICS),
        options=STAGES['keypoints'] | _ANSWERING,
    ),
    NodeSpec(
        'body_parts', 'BodyPartsNode', 'labels the parts of the body and traces their contours',
        subscriptions=(_EVERY_SILHOUETTE, _SKELETON_RAW, _FIT),
        publications=(
            _BODY_PARTS,
            _LEGEND,
            _image('body_parts/image', 'image_out', 'the labels in their colours over the crop, while somebody reads it'),
            _DIAGNOSTICS,
        ),
        options=STAGES['body_parts'] | _ANSWERING,
    ),
    NodeSpec(
        'fusion', 'FusionNode', 'puts what the stages say of one image into one vector',
        subscriptions=(_EVERY_SILHOUETTE, _SKELETON_RAW, _FIT, _KEYPOINTS, _BODY_PARTS),
        publications=(_FEATURES, Topic('features/layout', 'poseformer_ros/msg/FeatureLayout', 'latched',
                                       'what stands where in the vector'), _DIAGNOSTICS),
        options=STAGES['fusion'] | _ANSWERING,
    ),
    NodeSpec(
        'classifier', 'ClassifierNode', 'names the exercise, image by image',
        subscriptions=(_FEATURES,),
        publications=(
            _EXERCISE,
            _EXERCISE_MODEL,
            _DIAGNOSTICS,
        ),
        services=(Service('exercise/reset', 'std_srvs/srv/Trigger', 'forget what was seen, as for a new person'),),
        options=STAGES['classifier'] | _ANSWERING,
    ),
    NodeSpec(
        'assessment', 'AssessmentNode', 'measures angles; counts, assesses and keeps the sets of exercises that are begun',
        subscriptions=(_SILHOUETTE, _FIT, _BODY_MODEL),
        publications=(
            _ANGLES,
            Topic('assessment/angle_errors', 'sensor_msgs/msg/JointState', 'result',
                  'their standard errors, infinite where a joint was not seen; made only while somebody reads them'),
            _LIVE,
            Topic('assessment/repetition', 'poseformer_ros/msg/AssessmentRepetition', 'result',
                  'each repetition as it is finished, and all of them once more when the set is over'),
            _DIAGNOSTICS,
        ),
        services=(
            Service('start_set', 'poseformer_ros/srv/StartSet', 'begin a set of an exercise'),
            Service('end_set', 'std_srvs/srv/Trigger', 'end the set'),
            Service('mark', 'poseformer_ros/srv/Mark', 'note a text at this moment of the set'),
            Service('teach', 'poseformer_ros/srv/Teach', 'make an exercise of what was shown once in this set'),
        ),
        options={'assessment': SessionOptions, 'repetitions': RepetitionOptions} | _HEALTH,
    ),
    NodeSpec(
        'markers', 'MarkersNode', 'what RViz shows; works only while somebody looks',
        subscriptions=(_SILHOUETTE, _SKELETON, _EXERCISE, _RGBD, _LIVE, _ANGLES),
        publications=(
            Topic('markers', 'visualization_msgs/msg/MarkerArray', 'result',
                  'skeleton coloured by joint state, the floor, what is done; of a set the count, angle arcs, the limb of a fault'),
            _image('overlay', 'image_out', "the silhouette and the joints drawn into the camera's image"),
            Topic('/tf', 'tf2_msgs/msg/TFMessage', 'result', 'the floor as a frame; joints as person_<id>_<joint> with markers.tf'),
            _DIAGNOSTICS,
        ),
        options={'markers': MarkerOptions} | _HEALTH,
    ),
)

SOURCES = (
    NodeSpec(
        'image_player', 'ImagePlayerNode', 'publishes a folder of colour and depth images as a camera would',
        subscriptions=(_SKELETON, _EXERCISE), publications=(*_CAMERA, _DIAGNOSTICS),
        options={'source': SourceOptions, 'folder': FolderOptions} | _HEALTH,
    ),
    NodeSpec(
        'capsule_camera', 'CapsuleCameraNode', 'draws a moving figure of capsules with known joints, as a camera would see it',
        subscriptions=(_SKELETON, _EXERCISE),
        publications=(*_CAMERA, Topic('truth/skeleton', 'poseformer_ros/msg/Skeleton24', 'result', 'the true joints'),
                      _DIAGNOSTICS),
        options={'source': SourceOptions, 'studio': StudioOptions} | _HEALTH,
    ),
    NodeSpec(
        'synthetic_camera', 'SyntheticCameraNode', 'renders a person doing an exercise, as a camera would see it',
        subscriptions=(_SKELETON, _EXERCISE),
        publications=(
            *_CAMERA,
            Topic('/tf_static', 'tf2_msgs/msg/TFMessage', 'latched', 'camera_link to the optical frame'),
            Topic('truth/skeleton', 'poseformer_ros/msg/Skeleton24', 'result', 'the true joints'),
            Topic('truth/exercise', 'poseformer_ros/msg/ExerciseState', 'result', 'the true label, or rest'),
            _image('truth/mask', 'result', "the person's true pixels"),
            _DIAGNOSTICS,
        ),
        options={'source': SourceOptions, 'scene': SceneOptions, 'rig': RigOptions} | _HEALTH,
    ),
)

# Results that speak of every image, each with the stamp of its colour.
_ANSWERS = (_SILHOUETTE, _SKELETON_RAW, _SKELETON, _SKELETON_POINTS, _FIT, _KEYPOINTS, _BODY_PARTS, _FEATURES, _EXERCISE)
_PUBLISHED = {topic.name: topic for spec in STATION + SOURCES for topic in spec.publications}

BAGS = (
    NodeSpec(
        'bag_recorder', 'BagRecorderNode', 'records topics into a bag, as they come',
        subscriptions=tuple(_PUBLISHED.values()), publications=(_DIAGNOSTICS,),
        services=(Service('bag_recorder/pause', 'std_srvs/srv/SetBool', 'stop recording, or go on'),),
        options={'recorder': RecorderOptions, 'writer': WriterOptions} | _HEALTH,
    ),
    NodeSpec(
        'bag_player', 'BagPlayerNode', 'publishes what a bag holds, as it was recorded',
        subscriptions=_ANSWERS,
        publications=(Topic('/clock', 'rosgraph_msgs/msg/Clock', 'latest', "the bag's time, with player.clock_hz"), _DIAGNOSTICS),
        services=(Service('bag_player/pause', 'std_srvs/srv/SetBool', 'stop playing, or go on'),),
        options={'player': PlayerOptions} | _HEALTH,
    ),
)

VIEW = NodeSpec(
    'view', 'ViewNode', 'shows the station in Rerun: a window, a page in a browser or a file',
    subscriptions=(
        replace(_RGBD, text='with view.surroundings'), _EVERY_SILHOUETTE, _SKELETON, _FIT, _BODY_MODEL, _BODY_PARTS, _LEGEND,
        _EXERCISE, _EXERCISE_MODEL,
        _ANGLES, _LIVE, _DIAGNOSTICS,
    ),
    publications=(_DIAGNOSTICS,),
    options={'view': ViewOptions, 'body': BodyModelOptions} | _HEALTH,
)
EVERY_NODE = (*STATION, *SOURCES, *BAGS, VIEW)

# So that full images cross a process boundary once.
HAND_OVERS = (HandOver('rgbd', giver='rgbd_sync', taker='silhouette'),)

# Which nodes share a process when the graph is launched as processes; named as the executables. Those that read each other do,
# so that few messages are taken from DDS (ros/shared_topics.py). smpl_fit is with none but those who wait for it: a first guess
# or a sought arm holds the interpreter for longer than an image. keypoints and body_parts rest unless somebody reads them.
# assessment is alone, because the end of a set holds the interpreter too, and a set must outlive other nodes.
PROCESSES = {
    'rgbd_silhouette': ('rgbd_sync', 'silhouette', 'joints'),
    'fit_recognition': ('smpl_fit', 'fusion', 'classifier'),
    'keypoints_parts': ('keypoints', 'body_parts'),
    'assessment': ('assessment',),
    'markers': ('markers',),
}
# From what a station starts, to its processes: a camera's images, or synchronized pairs as a bag may hold them.
START_POINTS = {
    'camera': PROCESSES,
    'rgbd': {'silhouette': ('silhouette', 'joints'),
             **{name: nodes for name, nodes in PROCESSES.items() if 'rgbd_sync' not in nodes}},
}
# Nodes whose process gives way to the others where cores are scarce: nobody waits for what they make but people who look. The fit
# does not: beside a recorder the exercise's name would come 10 to 60 ms later, and images be dropped.
YIELDING = frozenset({'keypoints', 'body_parts', 'markers', 'view', 'assessment'})
SOURCE_PROCESSES = {spec.name: (spec.name,) for spec in (*SOURCES, *BAGS, VIEW)}
EXECUTABLES = SOURCE_PROCESSES | START_POINTS['camera'] | START_POINTS['rgbd']


def node(name: str) -> NodeSpec:
    """The spec of a node.

    Raises:
        BadInput: no such node.
    """
    found = [spec for spec in EVERY_NODE if spec.name == name]
    if not found:
        raise BadInput(f'graph: no node {name!r}; the nodes are {", ".join(s.name for s in EVERY_NODE)}')
    return found[0]
