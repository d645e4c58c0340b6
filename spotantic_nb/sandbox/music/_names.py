"""The words the catalogue is made of: bands that do not exist, by genre, and halves of titles."""

ARTISTS = {
    ("dream pop", "shoegaze"): (
        "Velvet Isobar",
        "Maren Oststrand",
        "The Pale Ferrymen",
        "Lampwick Orchard",
        "Softer Than Tin",
    ),
    ("indie folk",): (
        "Hollow Quay",
        "Edda & the Rookery",
        "Brinewood",
        "Tobiah Larkmere",
        "The Salt Almanac",
    ),
    ("synthwave", "electronic"): (
        "Neon Fjordline",
        "Kassette Kantor",
        "Orbital Laundry",
        "Miraflux 84",
        "Polar Arcade Unit",
    ),
    ("nu jazz",): (
        "Ottoline Brass Quartet",
        "Sable & Quince",
        "The Midnight Cartographers",
        "Juno Abernoth Trio",
    ),
    ("post-rock",): (
        "A Slow Cartography",
        "Granite Telegraph",
        "Seven Lighthouses Later",
        "Umbra Station North",
    ),
    ("neo soul", "r&b"): (
        "Imani Westerly",
        "Golden Thursday",
        "Cleo Marchetta",
        "The Honeywright Band",
    ),
    ("garage rock",): (
        "The Rusted Parrots",
        "Gasoline Picnic Club",
        "Bad Umbrella Theory",
        "Dog Ate Mercury",
    ),
    ("hip hop",): (
        "Kilo Verdant",
        "Mc Paperweight",
        "Ninth Floor Sermon",
        "Sugar Parallax",
    ),
    ("ambient",): (
        "Snowfield Archive",
        "Ione Halvard",
        "Tide Table Ensemble",
        "Low Battery Choir",
    ),
    ("latin pop",): (
        "Luz de Aluminio",
        "Marisol Quintavale",
        "Los Domingos Lentos",
        "Cometa Prestado",
    ),
}

FIRST_WORDS = (
    "Amber", "Borrowed", "Broken", "Cardboard", "Copper", "Distant", "Electric", "Empty", "Every", "Falling",
    "Foreign", "Frozen", "Gentle", "Glass", "Half a", "Hidden", "Invisible", "Last", "Little", "Lonesome",
    "Magnetic", "Midnight", "Missing", "My Other", "Northern", "One More", "Paper", "Quiet", "Red", "Second",
    "Silver", "Sleeping", "Slow", "Sunday", "The Wrong", "Unsent", "Violet", "Wandering", "Winter", "Your",
)  # fmt: skip

LAST_WORDS = (
    "Afternoon", "Airport", "Avalanche", "Bicycle", "Calendar", "Carousel", "Ceiling", "Constellation", "Corridor",
    "Echo", "Elevator", "Ferris Wheel", "Fire Escape", "Garden", "Ghost", "Harbour", "Heartbeat", "Horizon",
    "Kitchen", "Lantern", "Letter", "Lullaby", "Machine", "Mirror", "Motel", "Neighbour", "Ocean", "Parade",
    "Photograph", "Postcard", "Radio", "River", "Satellite", "Shoreline", "Sparrow", "Staircase", "Summer",
    "Telephone", "Thunder", "Tomorrow", "Umbrella", "Weather", "Window", "Wolves",
)  # fmt: skip
