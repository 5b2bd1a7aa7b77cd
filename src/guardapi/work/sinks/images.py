"""Images, plots, codes and local models.

No facts that rules need; `data` is what an image is opened from, `amount` its size.
"""

from typing import Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import IDENTITY, all_taints
from guardapi.work.specs import Facts, Invocation, Spec

PILLOW_METHODS: Final = (
    "{resize,thumbnail,reduce,convert,rotate,transpose,transform,filter,quantize,save,load,crop,paste,point,split,"
    "alpha_composite,remap_palette,tobytes,getcolors,histogram,effect_spread,resample}"
)
QUIET: Final = frozenset(
    {
        *(
            "waitKey",
            "destroyAllWindows",
            "setNumThreads",
            "getTickCount",
            "getTickFrequency",
            "setUseOptimized",
        ),
        *("imshow", "namedWindow", "UMat", "error", "getVersionString", "Rect", "KeyPoint"),
    }
)
"""Functions of OpenCV that cost nothing."""


def _opened(call: Invocation) -> Facts | None:
    """With what the caller has sent of what the image was opened from."""
    taints = sorted(
        {
            taint
            for given in call.function.calls
            for flow in (*given.args, *given.kwargs.values())
            for taint in all_taints(flow)
            if taint.kind != IDENTITY
        }
    )
    return {
        "inputs": tuple(
            Input(role=Role.DATA, source=t.source, kind=t.kind, is_bounded=t.is_bounded) for t in taints
        )
    }


def _opencv(call: Invocation) -> Facts | None:
    return None if call.path.rpartition(".")[2] in QUIET else {"library": "opencv"}


MAKERS = ("PIL.Image.{open,new,fromarray,frombytes,frombuffer}", "wand.image.Image", "qrcode.{main.,}QRCode")
SINKS = (
    Spec(
        kind=Kind.IMAGE,
        work=WorkClass.HEAVY,
        names=(
            f"PIL.Image.{{open,new,fromarray,frombytes,frombuffer,merge,alpha_composite,composite,blend}}().{PILLOW_METHODS}",
            f"PIL.Image.**().{PILLOW_METHODS}",
            f"PIL.ImageOps.*().{PILLOW_METHODS}",
        ),
        # The size comes first: of `crop` the box, of `resize` and `thumbnail` width and height.
        roles={Role.AMOUNT: ("size", "width", "height")},
        inspect=_opened,
    ),
    Spec(
        kind=Kind.IMAGE,
        work=WorkClass.HEAVY,
        names=(
            "PIL.ImageOps.{fit,contain,cover,pad,scale,expand,autocontrast,equalize,exif_transpose,grayscale,invert}",
            "PIL.ImageEnhance.*().enhance",
            "PIL.ImageFilter.*",
            "PIL.ImageDraw.Draw().{text,multiline_text,polygon,ellipse,rectangle,line,bitmap}",
            "PIL.ImageFont.truetype().{getsize,getbbox,getmask}",
            "PIL.ImageGrab.grab",
            "wand.image.Image().{resize,transform,liquid_rescale,sample,convert,save,make_blob,crop,rotate,blur}",
            "imageio.{imread,imwrite,mimread,mimwrite,mimsave,get_reader,v2.*,v3.*}",
            "skimage.{io,transform,filters,color,measure,morphology,segmentation,feature,exposure,restoration}.*",
            "scipy.{ndimage,misc,signal}.*",
            "pyvips.Image.{new_from_file,new_from_buffer,thumbnail,thumbnail_buffer}",
            "pyvips.Image.**.{write_to_file,write_to_buffer,resize,thumbnail_image}",
            "cairosvg.{svg2png,svg2pdf,svg2ps,svg2svg}",
            "svglib.svglib.svg2rlg",
            "cairo.ImageSurface().write_to_png",
            "rembg.{remove,bg.remove}",
            "imagehash.{average_hash,phash,dhash,whash,colorhash}",
            "blurhash.encode",
            "pydenticon.Generator().generate",
            "colorthief.ColorThief().{get_color,get_palette}",
            "sorl.thumbnail.get_thumbnail",
            "flask_thumbnails.Thumbnail().thumbnail",
            "thumbor.**.*",
            "piexif.{load,insert,transplant}",
            "{captcha.image.ImageCaptcha()}.{generate,generate_image,write}",
            "{flask_simple_captcha.CAPTCHA(),flask_session_captcha.FlaskSessionCaptcha()}.{create,generate,captcha_html}",
            "{qrcode,qrcode.main}.make",
            "qrcode.{main.,}QRCode().{make,make_image,print_ascii}",
            "flask_qrcode.QRcode()",
            "pyqrcode.create().{png,svg,png_as_base64_str,eps}",
            "segno.{make,make_qr,make_micro}().{save,png_data_uri,svg_data_uri,svg_inline}",
            "barcode.{generate,get_barcode_class()().write,get_barcode_class()().save,get().write,get().save,*().write,*().save}",
            "pyzbar.pyzbar.decode",
            "wordcloud.WordCloud().{generate,generate_from_text,generate_from_frequencies,fit_words}",
            "face_recognition.{face_encodings,face_locations,compare_faces,load_image_file,face_distance,face_landmarks}",
            "easyocr.Reader().{readtext,detect,recognize}",
            "paddleocr.PaddleOCR().{ocr,predict}",
        ),
        roles={
            Role.DATA: (0,),
            Role.AMOUNT: ("size", "width", "height", "box_size", "version", "output_width"),
        },
    ),
    Spec(
        kind=Kind.IMAGE,
        work=WorkClass.HEAVY,
        names=(
            "cv2.*",
            "cv2.*().{read,detectMultiScale,detect,detectAndCompute,apply,forward,retrieve,write}",
        ),
        roles={Role.DATA: (0,)},
        inspect=_opencv,
    ),
    Spec(
        kind=Kind.PLOT,
        work=WorkClass.HEAVY,
        names=(
            "matplotlib.{pyplot,pylab}.{savefig,imsave}",
            "{matplotlib,seaborn,pandas}.**.{savefig,print_png,print_jpg,print_svg,print_pdf,print_figure}",
            "matplotlib.pyplot.{figure(),gcf(),subplots()[],gca().figure,gca().get_figure()}.savefig",
            "mpld3.{fig_to_html,fig_to_dict,save_html}",
            "plotly.io.{to_image,write_image}",
            "{plotly,kaleido}.**.{to_image,write_image,write_fig}",
            "bokeh.io.{export_png,export_svg,export_svgs,export.get_screenshot_as_png}",
            "altair.**.save",
            "altair_saver.save",
            "vl_convert.{vegalite_to_png,vegalite_to_svg,vega_to_png}",
            "{graphviz,graphviz.dot,graphviz.sources}.{Digraph,Graph,Source}().{render,pipe,unflatten}",
            "graphviz.{render,pipe,pipe_string}",
            "{pydot,pydotplus}.**.{create,create_png,create_svg,create_pdf,write,write_png,write_svg,write_pdf}",
            "pygraphviz.AGraph().{draw,layout}",
            "networkx.{draw,draw_networkx,spring_layout,kamada_kawai_layout,draw_spring,draw_circular}",
            "pygal.*().{render,render_response,render_data_uri,render_to_png,render_table}",
            "leather.Chart().to_svg",
            "{geopandas,cartopy,basemap}.**.plot",
            "shap.{summary_plot,force_plot,waterfall_plot}",
        ),
        roles={Role.AMOUNT: ("dpi", "width", "height", "scale", "figsize")},
    ),
    Spec(
        kind=Kind.INFERENCE,
        work=WorkClass.HEAVY,
        names=(
            "{torch,torchvision}.**.{forward,predict,generate}",
            "torch.{load,jit.load,hub.load}",
            "torch.{load,jit.load,hub.load}()",
            "{tensorflow,keras}.**.{predict,predict_on_batch,predict_classes,fit,evaluate}",
            "{tensorflow.,}keras.models.load_model",
            "{tensorflow.lite,tflite_runtime.interpreter}.Interpreter().invoke",
            "transformers.{pipeline,pipelines.pipeline}{,()}",
            "transformers.**.{generate,from_pretrained}",
            "transformers.**.from_pretrained()",
            "diffusers.**.from_pretrained{,()}",
            "sentence_transformers.{SentenceTransformer,CrossEncoder}().{encode,predict,rank}",
            "{joblib,pickle,dill,cloudpickle}.{load,loads}().{predict,predict_proba,transform,fit,decision_function}",
            "{sklearn,xgboost,lightgbm,catboost,imblearn,statsmodels,prophet,fbprophet,pmdarima,hdbscan,umap}"
            ".**.{predict,predict_proba,fit,fit_transform,fit_predict,forecast,kneighbors}",
            "onnxruntime.InferenceSession().run",
            "spacy.load{,()}",
            "spacy.load().pipe",
            "{whisper,whisperx}.load_model{,().transcribe}",
            "faster_whisper.WhisperModel().transcribe",
            "speech_recognition.Recognizer().recognize_*",
            "vosk.KaldiRecognizer().AcceptWaveform",
            "TTS.{api.,}TTS().{tts,tts_to_file,tts_with_vc}",
            "{llama_cpp.Llama,gpt4all.GPT4All,ctransformers.AutoModelForCausalLM.from_pretrained}"
            "{(),().create_completion,().create_chat_completion,().generate,().create_embedding}",
            "vllm.LLM().{generate,chat}",
            "ultralytics.YOLO(){,.predict,.track}",
            "fasttext.load_model().{predict,get_sentence_vector}",
            "argostranslate.{translate,apis}.**.translate",
            "argostranslate.translate.translate",
            "detoxify.Detoxify().predict",
            "mlflow.{pyfunc,sklearn,pytorch,keras,tensorflow}.load_model().predict",
            "h2o.**.predict",
            "{?,?.*,?.*.*}.{predict,predict_proba}",
        ),
        roles={
            Role.DATA: (0,),
            Role.AMOUNT: ("max_tokens", "max_new_tokens", "max_length", "num_inference_steps"),
        },
    ),
)
