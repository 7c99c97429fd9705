"""Gradio's own components in our colours. Every pair of text and ground is at least 4.5:1.

System fonts only: nothing is loaded from another host, or from disk.
"""

from gradio.themes import Base
from gradio.themes.utils import colors, sizes
from gradio.themes.utils.fonts import Font

FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
MONO = ("ui-monospace", "SF Mono", "Consolas", "Liberation Mono", "monospace")


def theme() -> Base:
    """Blue on cool grey; white on blue is 6.7:1 in light and 5.2:1 in dark."""
    base = Base(
        primary_hue=colors.blue,
        secondary_hue=colors.blue,
        neutral_hue=colors.gray,
        font=[Font(name) for name in FONT],
        font_mono=[Font(name) for name in MONO],
        radius_size=sizes.radius_md,
    )
    return base.set(
        body_background_fill="#FFFFFF",
        body_background_fill_dark="#0F1420",
        body_text_color="#111827",
        body_text_color_dark="#F3F4F6",
        body_text_color_subdued="#4B5563",
        body_text_color_subdued_dark="#B6BCC8",
        block_background_fill_dark="#171D2B",
        block_border_color="#D1D5DB",
        block_border_color_dark="#384155",
        block_label_text_color="#374151",
        block_label_text_color_dark="#E5E7EB",
        block_info_text_color="#4B5563",
        block_info_text_color_dark="#B6BCC8",
        block_title_text_color="#374151",
        block_title_text_color_dark="#E5E7EB",
        block_title_text_weight="600",
        section_header_text_weight="600",
        input_background_fill="#FFFFFF",
        input_background_fill_dark="#0F1420",
        input_border_width="1px",
        input_border_width_dark="1px",
        input_border_color="#6B7280",
        input_border_color_dark="#8791A5",
        input_placeholder_color="#4B5563",
        input_placeholder_color_dark="#B6BCC8",
        button_primary_background_fill="#1D4ED8",
        button_primary_background_fill_dark="#2563EB",
        button_primary_background_fill_hover="#1E40AF",
        button_primary_background_fill_hover_dark="#1D4ED8",
        button_primary_text_color="#FFFFFF",
        button_primary_text_color_dark="#FFFFFF",
        button_secondary_background_fill="#FFFFFF",
        button_secondary_background_fill_dark="#171D2B",
        button_secondary_background_fill_hover="#F3F4F6",
        button_secondary_background_fill_hover_dark="#1F2636",
        button_secondary_border_color="#6B7280",
        button_secondary_border_color_dark="#8791A5",
        button_secondary_text_color="#111827",
        button_secondary_text_color_dark="#F3F4F6",
        button_border_width="1px",
        slider_color="#1D4ED8",
        slider_color_dark="#93C5FD",
        checkbox_background_color_selected="#1D4ED8",
        checkbox_background_color_selected_dark="#2563EB",
        checkbox_border_color="#6B7280",
        checkbox_border_color_dark="#8791A5",
        link_text_color="#1D4ED8",
        link_text_color_dark="#93C5FD",
        color_accent="#1D4ED8",
    )
